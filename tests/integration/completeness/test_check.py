"""Completeness as the field checks it, on both databases: units, reasons and report lines."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.catalog import Catalog, Job
from tests.support.documented_keys import undocumented
from tests.support.rule_files import CALO, CLUSTER, RULES, STREAMING, rule, write_rules
from tests.support.snapshots import one_line
from tests.support.units import DATASET, Chain
from tests.support.workspace import ONE_DATABASE, Answer, Workspace

RUN = 82703


@pytest.fixture
def chain() -> Chain:
    """A catalog with one run."""
    made = Chain()
    made.run(RUN)
    return made


def check(workspace: Workspace, chain: Chain, *more: object, name: str = "vernier") -> Answer:
    """Load a catalog, and check a rule."""
    workspace.load(chain.catalog)
    return again(workspace, *more, name=name)


def again(workspace: Workspace, *more: object, name: str = "vernier") -> Answer:
    """Check a rule."""
    rules = write_rules(
        workspace.folder / "rules",
        RULES
        | {"vernier_cut": rule("DST_VERNIER", "ana.530", "2025p008", "ana530_nocdbtag_v001", input_cut_segment=2)},
    )
    return workspace.run("check", "-c", rules, "-r", name, "--runs", RUN, RUN + 10, *more)


def flagged(answer: Answer) -> list[str]:
    """The lines of a report of flagged units, which decide the exit code."""
    lines = answer.out.splitlines()
    assert answer.code == (1 if lines else 0), answer
    return lines


def test_a_complete_unit_is_not_flagged(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.vernier(RUN, 0, 1000)
    assert flagged(check(workspace, chain, "--report", "flagged")) == []
    assert "complete" in again(workspace).out or again(workspace).out == ""


def test_reasons_and_report_lines(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.pair(RUN, 1, 1000, 1000)
    chain.vernier(RUN, 1, 949)
    chain.pair(RUN, 2, 1000, 1000)
    chain.vernier(RUN, 2, 950)
    chain.pair(RUN, 3, 1000, 999)
    chain.vernier(RUN, 3, 10)
    chain.pair(RUN, 12345, 1000, 999)
    answer = check(workspace, chain, "--report", "flagged", "--output", workspace.folder / "new/lines")
    lines = flagged(answer)
    assert lines == [
        "00082703 00000 missing_output 1000 -1",
        "00082703 00001 low_output_events 1000 949",
        "00082703 00003 input_mismatch -1 10",
        "00082703 12345 input_mismatch,missing_output -1 -1",
    ]
    assert (workspace.folder / "new/lines").read_text().splitlines() == lines
    assert answer.err == (
        "prodcli: vernier: 4 of 5 units are flagged: 2 input_mismatch, 1 low_output_events, 2 missing_output"
        " (--report flagged, and --format json, list all)\n"
    )


def test_the_ratio_is_a_choice(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.vernier(RUN, 0, 800)
    assert flagged(check(workspace, chain, "--report", "flagged", "--ratio", 0.8)) == []
    assert len(flagged(again(workspace, "--report", "flagged", "--ratio-cut", 0.81))) == 1


def test_a_unit_that_lacks_an_input_is_not_eligible(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.vernier(RUN, 0, 1000)
    chain.file("DST_TRIGGERED_EVENT_seb18", "ana530_nocdbtag_v001", RUN, 1, 1000)
    found = check(workspace, chain, "--format", "json").data
    assert undocumented("check", found) == set()
    assert (found["units"], found["complete"]) == (1, True)
    assert found["not_eligible"] == {"segment_incomplete": 1}


def test_segments_are_divisible_by_cut_segment(workspace: Workspace, chain: Chain) -> None:
    for segment in range(3):
        chain.pair(RUN, segment, 1000, 1000)
    answer = check(workspace, chain, "--report", "flagged", name="vernier_cut")
    assert flagged(answer) == ["00082703 00000 missing_output 1000 -1", "00082703 00002 missing_output 1000 -1"]


def test_of_several_rows_the_one_with_most_events_counts(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.file("DST_TRIGGERED_EVENT_seb18", "ana530_nocdbtag_v001", RUN, 0, 7, "-again")
    chain.file("DST_TRIGGERED_EVENT_seb18", "ana530_nocdbtag_v001", RUN, 0, None, "-once-more")
    chain.vernier(RUN, 0, 5)
    chain.vernier(RUN, 0, 1000, "-again")
    assert flagged(check(workspace, chain, "--report", "flagged")) == []


def test_unknown_events_flag_nothing_and_are_told(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, None)
    chain.vernier(RUN, 0, None)
    chain.pair(RUN, 1, None, None)
    found = check(workspace, chain, "--format", "json").data
    assert [one["input_events"] for one in found["units_flagged"]] == [None]
    assert (found["units"], found["units_complete"], found["events_unknown"]) == (2, 1, 1)
    assert (found["events_expected"], found["events_lost"]) == (1000, 0)


def test_events_and_worst_runs(workspace: Workspace, chain: Chain) -> None:
    chain.run(RUN + 1)
    for segment, events in enumerate((1000, 900, 0)):
        chain.cluster(RUN, segment, 1000)
        chain.seed(RUN, segment, events)
        chain.cluster(RUN + 1, segment, 2000)
    found = check(workspace, chain, "--format", "json", name="seed").data
    assert (found["events_expected"], found["events_produced"], found["events_lost"]) == (9000, 1900, 7100)
    worst = [(one["run"], one["units"], one["units_complete"], one["events_lost"]) for one in found["worst_runs"]]
    assert worst == [(RUN + 1, 3, 0, 6000), (RUN, 3, 1, 1100)]
    answer = workspace.run(*again_words(workspace), quiet=False)
    assert answer.out.splitlines()[0] == "seed  ana537_2025p010_v001 run3auau"
    assert "all" in answer.out
    assert "... and 1 more missing_output" in answer.out


def again_words(workspace: Workspace) -> tuple[Any, ...]:
    """The rule `seed`, with two examples."""
    rules = workspace.folder / "rules/rules.yaml"
    return "check", "-c", rules, "-r", "seed", "--runs", RUN, RUN + 10, "--example-limit", 2


def test_expected_outputs_count_once_per_run(workspace: Workspace, chain: Chain) -> None:
    chain.run(RUN + 1)
    for run, segments in ((RUN, 3), (RUN + 1, 2)):
        for segment in range(segments):
            chain.cluster(run, segment, 1000)
            name = chain.seed(run, segment, 1000)
            chain.catalog.jobs.append(Job("seed", CLUSTER, DATASET, "DST_TRKR_SEED", name, run, segment, "finished"))
    workspace.load(chain.catalog)
    workspace.sql("UPDATE production_jobs SET maxjobsexpected = 100 WHERE runnumber = ?", RUN)
    found = again(workspace, "--format", "json", name="seed").data
    assert (found["outputs"], found["outputs_expected"]) == (5, 100)
    workspace.sql("UPDATE production_jobs SET maxjobsexpected = 20 WHERE runnumber = ?", RUN + 1)
    answer = workspace.run(*again_words(workspace), quiet=False)
    assert answer.out.splitlines()[-2:] == ["the file catalog has 5 outputs, the books expect 120", "complete"]


def test_runs_that_lack_hosts_have_reports_of_their_own(workspace: Workspace, chain: Chain) -> None:
    chain.run(RUN + 1, hosts=("seb18",))
    chain.pair(RUN + 1, 4, 1000, 1000)
    chain.pair(RUN + 1, 3, 1000, 1000)
    chain.pair(RUN, 0, 1000, 999)
    assert check(workspace, chain, "--report", "daqhost").out == "82704 3\n82704 4\n"
    assert again(workspace, "--report", "daqhost_runs").out == "82704\n"
    assert again(workspace, "--report", "input_mismatch").out == "82703 0\n"
    assert again(workspace, "--report", "missing_output").out == "82703 0\n"
    answer = again(workspace, "--report", "nofc")
    assert answer.out == ""
    assert "--report nofc: a rule that reads DSTs has no such report" in answer.err


def test_invalid_runs_and_masked_hosts_are_not_missed(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 400)
    chain.pair(RUN, 1, 1000, 1000)
    workspace.load(chain.catalog)
    workspace.ok("runs", "invalid", "add", "--runs", RUN, "--segments", 1, "--reason", "beam lost")
    workspace.ok("mask", "add", "seb20", "--runs", RUN, "--reason", "HV off")
    assert flagged(again(workspace, "--report", "flagged")) == ["00082703 00000 missing_output 1000 -1"]


def test_combining_compares_the_last_event_with_the_run(workspace: Workspace) -> None:
    chain = Chain()
    hosts = ("intt0", "intt1", "mvtx2", "ebdc00:1")
    chain.run(RUN, events=200_000, hosts=hosts)
    for leaf, ends in (("intt0", (100_000, 200_000)), ("intt1", (150_000, 90_000)), ("ebdc00_1", (190_000,))):
        for segment, _ in enumerate(ends):
            chain.file(f"DST_STREAMING_EVENT_{leaf}", STREAMING, RUN, segment, 100_000)
    workspace.load(chain.catalog)
    for leaf, ends in (("intt0", (100_000, 200_000)), ("intt1", (150_000, 90_000)), ("ebdc00_1", (190_000,))):
        for segment, last in enumerate(ends):
            workspace.sql(
                "UPDATE datasets SET lastevent = ? WHERE dsttype = ? AND segment = ?",
                *(last, f"DST_STREAMING_EVENT_{leaf}", segment),
                role="filecatalog",
            )
    assert flagged(again(workspace, "--report", "flagged", name="streaming")) == [
        "00082703 00000 low_output_events 200000 150000 DST_STREAMING_EVENT_intt1",
        "00082703 00000 missing_output 200000 -1 DST_STREAMING_EVENT_mvtx2",
    ]
    assert again(workspace, "--report", "nofc", name="streaming").out == "Run 82703, mvtx2\n"
    assert again(workspace, "--report", "missing_output", name="streaming").out == "82703 DST_STREAMING_EVENT_mvtx2\n"
    assert "no such report" in again(workspace, "--report", "daqhost", name="streaming").err
    found = again(workspace, "--format", "json", name="streaming").data
    assert (found["units"], found["units_complete"], found["events_lost"]) == (4, 2, 260_000)


def test_combining_of_segment_0_compares_with_the_raw_files(workspace: Workspace) -> None:
    chain = Chain()
    hosts = ("intt0", "intt1", "intt2", "intt3", "intt4")
    chain.run(RUN, events=200_000, hosts=hosts)
    for host in hosts[:4]:
        chain.file(f"DST_STREAMING_EVENT_{host}", STREAMING, RUN, 0, 10_000)
    workspace.load(chain.catalog)
    workspace.sql("UPDATE datasets SET lastevent = 10000", role="filecatalog")
    for host, last, events in (
        ("intt0", 10_100, 1),
        ("intt1", 11_000, 1),
        ("intt2", None, 12_000),
        ("intt3", None, None),
    ):
        values = (last, events, host)
        workspace.sql("UPDATE datasets SET lastevent = ?, events = ? WHERE daqhost = ?", *values, role="raw")
    answer = again(workspace, "--report", "flagged", name="streaming_seg0")
    assert flagged(answer) == [
        "00082703 00000 low_output_events 11000 10000 DST_STREAMING_EVENT_intt1",
        "00082703 00000 low_output_events 12000 10000 DST_STREAMING_EVENT_intt2",
        "00082703 00000 missing_output -1 -1 DST_STREAMING_EVENT_intt4",
    ]


def test_statements_do_not_grow_with_runs(workspace: Workspace, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    from prodcli.db.database import Transaction

    counts = [0]
    execute = Transaction._execute

    def counted(self: Transaction, wanted: Any, values: dict[str, object]) -> Any:
        counts[-1] += 1
        return execute(self, wanted, values)

    monkeypatch.setattr(Transaction, "_execute", counted)
    for number in range(1, 60):
        chain.run(RUN + number)
        chain.pair(RUN + number, 0, 1000, 1000)
    workspace.load(chain.catalog)
    for last in (RUN, RUN + 59):
        counts.append(0)
        rules = write_rules(workspace.folder / "rules")
        workspace.run("check", "-c", rules, "-r", "vernier", "--runs", RUN, last)
    assert counts[1] == counts[2]


@ONE_DATABASE
def test_values_that_are_no_numbers_stop_nobody(workspace: Workspace, chain: Chain) -> None:
    chain.pair(RUN, 0, 1000, 1000)
    chain.vernier(RUN, 0, 1000)
    workspace.load(chain.catalog)
    workspace.sql(
        "UPDATE datasets SET events = 'many', status = 'good', size = 'big', lastevent = x'ff'", role="filecatalog"
    )
    assert again(workspace).code == 0
    (workspace.folder / "files").mkdir()
    assert again(workspace).code == 0


def own_query(workspace: Workspace, *rows: tuple[int, int, str]) -> Path:
    """A rule whose own query gives these runs, segments and inputs."""
    rows = rows or ((0, 0, "none"),)
    query = " UNION ALL ".join(
        f"SELECT {run} AS runnumber, {segment} AS segment, '{files}' AS files" for run, segment, files in rows
    )
    return write_rules(
        workspace.folder / "rules", {"own": rule("DST_VERNIER", "ana.530", "2025p008", input_query=query)}
    )


def test_a_rule_with_a_query_of_its_own_is_checked_without_expected_events(workspace: Workspace, chain: Chain) -> None:
    """Every row of the query is a unit; outputs without a row are still compared with books and disk."""
    name = chain.vernier(RUN, 1, 0)
    extra = chain.vernier(RUN + 1, 7, 10)
    chain.catalog.jobs.append(Job("own", CALO, DATASET, "DST_VERNIER", name, RUN, 1, "failed"))
    workspace.load(chain.catalog)
    rules = own_query(workspace, (RUN, 0, "a"), (RUN, 1, "b"), (RUN, 2, ""), (RUN + 99, 3, "d"))
    words = ("check", "-c", rules, "--runs", RUN, RUN + 10)
    assert workspace.run(*words, "--report", "flagged").out == f"{RUN:08d} 00000 missing_output -1 -1\n"
    found = workspace.run(*words, "--format", "json")
    assert (found.code, found.data["units"], found.data["units_complete"], found.data["outputs"]) == (1, 2, 1, 2)
    assert found.data["not_eligible"] == {"no_inputs": 1}
    assert (found.data["events_expected"], found.data["events_produced"]) == (0, 0)
    assert {(one["kind"], one["filename"]) for one in found.data["findings"]} == {("unfinished_with_file", name)}
    (workspace.folder / "files").mkdir()
    findings = workspace.run(*words, "--format", "json").data["findings"]
    assert {(one["kind"], one["filename"]) for one in findings} == {
        ("unfinished_with_file", name),
        ("no_place", name),
        ("no_place", extra),
    }


def test_a_query_that_gives_nothing_for_the_runs_leaves_nothing_to_check(workspace: Workspace) -> None:
    workspace.load(Catalog())
    answer = workspace.run("check", "-c", own_query(workspace), "--runs", RUN, quiet=False)
    assert (answer.code, answer.out.endswith("there is nothing to check\n")) == (0, True)


def test_bad_input_is_one_line(workspace: Workspace, chain: Chain) -> None:
    workspace.load(Catalog())
    rules = write_rules(workspace.folder / "rules")
    one_line(workspace.run("check", "-c", rules, "-r", "verniers", "--runs", RUN), 2, "there is no rule 'verniers'")
    one_line(workspace.run("check", "-c", rules, "-r", "vernier", "--runs", "x"), 2, "is not a run number")
    shut = workspace.folder / "rules/rules.yaml/lines"
    answer = workspace.run("check", "-c", rules, "-r", "vernier", "--runs", RUN, "--output", shut)
    one_line(answer, 1, "cannot be written")
    answer = workspace.run("check", "-c", rules, "-r", "vernier", "--runs", RUN, "--format", "json")
    assert (answer.code, answer.data["units"]) == (0, 0)
