"""`why` tells what `submit --dry-run` decides: the same counts, in words, and what a change would yield."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from prodcli.cli import options
from prodcli.db.database import Transaction
from prodcli.names import leafdir
from tests.support.catalog import Catalog, File, Raw, Run
from tests.support.documented_keys import undocumented
from tests.support.rule_files import CLUSTER, RULES, STREAMING, rule, write_rules
from tests.support.workspace import Workspace, seeded_catalog

SEEDS = (1, 2)
DAY = datetime.fromisoformat("2025-05-20 00:00:00")
END = datetime.fromisoformat("2025-05-20 01:00:00")


def span(catalog: Catalog) -> list[int]:
    """First and last run."""
    runs = [run.runnumber for run in catalog.runs]
    return [min(runs), max(runs)]


def dry_run(workspace: Workspace, file: Path, name: str, *words: object) -> dict[str, Any]:
    """What `submit --dry-run` says."""
    data: dict[str, Any] = workspace.json("submit", "-c", file, "-r", name, "-n", *words)
    return data


@pytest.mark.parametrize("seed", SEEDS)
def test_reasons_and_counts_are_those_of_a_dry_run(workspace: Workspace, seed: int) -> None:
    catalog = seeded_catalog(seed)
    workspace.load(catalog)
    file = write_rules(workspace.folder / "rules")
    runs = ("--runs", *span(catalog))
    answers = workspace.json("why", "-c", file, *runs)
    assert [one["rule"] for one in answers] == list(RULES)
    assert undocumented("why", answers) == set()
    for answer in answers:
        plan = dry_run(workspace, file, answer["rule"], *runs)
        assert (answer["jobs"], answer["skipped"]) == (len(plan["jobs"]), plan["skipped"]), answer["rule"]
        counted: Counter[tuple[str, str]] = Counter()
        for group in answer["groups"]:
            assert group["helps"]
            counted[group["reason"], group["level"]] += group["count"]
        assert counted == {(one["reason"], one["level"]): one["count"] for one in plan["skipped"]}, answer["rule"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chain_of_each_run_has_the_reasons_of_a_dry_run(workspace: Workspace, seed: int) -> None:
    catalog = seeded_catalog(seed)
    workspace.load(catalog)
    file = write_rules(workspace.folder / "rules")
    names = ("streaming", "streaming_calib", "cluster", "cluster_cut", "seed", "calofitting_min_seb")
    for run in [*(run.runnumber for run in catalog.runs[seed % 2 :: 2]), 99999]:
        answers = {one["rule"]: one for one in workspace.json("why", "-c", file, "--runs", run)}
        for name in names:
            answer, plan = answers[name], dry_run(workspace, file, name, "--runs", run)
            reasons = [one["reason"] for one in plan["skipped"]]
            links = [link for link in answer["chain"] if link["reason"]]
            assert (answer["jobs"], answer["skipped"]) == (len(plan["jobs"]), plan["skipped"])
            assert set(reasons) <= {link["reason"] for link in links}, (name, run)
            assert [link["reason"] for link in links][:1] == reasons[:1], (name, run)
            if any(one["level"] != "run" for one in plan["skipped"]) or not reasons:
                # a run that the plan looked into has no link that the plan does not know
                assert {link["reason"] for link in links} == set(reasons), (name, run)
            assert all(link["helps"] for link in links)
            _counts_agree(answer, plan)


def _counts_agree(answer: dict[str, Any], plan: dict[str, Any]) -> None:
    """The numbers of the first words of outputs are the plan's."""
    for one in plan["skipped"]:
        if one["reason"] in ("produced", "blocked"):
            said = [link["text"] for link in answer["chain"] if link["reason"] == one["reason"]]
            assert sum(int(text.split()[0]) for text in said) == one["count"]


@pytest.fixture
def shift(workspace: Workspace) -> Iterator[tuple[Workspace, Path]]:
    """A catalog by hand: run 72199 lacks a TPC server's stream, 72200 is whole; 72201 to 72203 fail cuts."""
    catalog = Catalog()
    rules = {name: RULES[name] for name in ("streaming", "cluster")}
    for number, kind, events, seconds in (
        (72199, "physics", 500_000, 3600),
        (72200, "physics", 500_000, 3600),
        (72201, "cosmics", 500_000, 3600),
        (72202, "physics", 812, 3600),
        (72203, "physics", 500_000, 120),
    ):
        end = datetime.fromtimestamp(DAY.timestamp() + seconds)  # noqa: DTZ006 - naive as the field's times
        catalog.runs.append(Run(number, kind, events, DAY, end))
        for host in ("gl1daq", *(f"ebdc{n:02d}{server}" for n in range(24) for server in ("", ":1"))):
            for part in range(3):
                status = 0 if (number, host, part) == (72200, "ebdc07", 2) else 1
                name = f"{host}-{number}-{part}"
                catalog.raw.append(Raw(name, number, host, part, status, "physics"))
            if host == "gl1daq" or (number, host) == (72199, "ebdc17:1"):
                continue
            leaf = host.replace(":1", "_1") if ":" in host else host + "_0"
            dsttype = leafdir("DST_STREAMING_EVENT", leaf)
            for segment in range(4):
                name = f"{dsttype}_run3auau_{STREAMING}-{number:08d}-{segment:05d}.root"
                catalog.files.append(File(name, number, segment, 1, "run3auau", dsttype, 1, 1, STREAMING))
    for segment in (0, 1):
        name = f"DST_TRKR_CLUSTER_run3auau_{CLUSTER}-00072200-{segment:05d}.root"
        catalog.files.append(File(name, 72200, segment, 1, "run3auau", "DST_TRKR_CLUSTER", 1, 1, CLUSTER))
    workspace.load(catalog)
    first = f"DST_TRKR_CLUSTER_run3auau_{CLUSTER}-00072200-00000.root"
    workspace.sql(
        "INSERT INTO files (lfn, full_host_name, full_file_path, time) VALUES (?, 'lustre', ?, '2025-05-21 10:00:00')",
        first,
        f"/lustre/{first}",
        role="filecatalog",
    )
    yield workspace, write_rules(workspace.folder / "rules", rules)


def hold(workspace: Workspace, run: int, segment: int) -> None:
    """Put a held job into the books, with its attempt."""
    name = f"DST_TRKR_CLUSTER_run3auau_{CLUSTER}-{run:08d}-{segment:05d}.root"
    workspace.sql(
        "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, clusterid, procid,"
        " schedd, attempt) VALUES ('cluster', ?, 'run3auau', 'DST_TRKR_CLUSTER', ?, ?, ?, 'held', 34, ?, 's1', 1)",
        *(CLUSTER, name, run, segment, segment),
    )
    ((dbid,),) = workspace.sql("SELECT id FROM production_jobs WHERE filename = ?", name)
    for step, code in ((0, 6), (1, 34)):  # the newest step counts
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, status, hold_code, hold_subcode, hold_reason,"
            " memory_asked, memory_used, node, entered) VALUES (?, 1, ?, 'held', ?, 102, 'too much', 2000, 2345, 'n1', ?)",
            *(dbid, step, code, "2025-05-20T14:05:00.000Z"),
        )


def test_a_mask_that_would_help_is_planned_not_guessed(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", "--runs", 72199)
    assert undocumented("why", answer) == set()
    broken = [link for link in answer["chain"] if link["reason"]]
    assert [(link["reason"], link["text"]) for link in broken] == [
        ("few_hosts_produced", "47 of 48 TPC streams are produced (missing TPC17 server 1)")
    ]
    assert broken[0]["helps"].startswith("--mask TPC17 would yield 4 jobs")
    assert answer["masks"] == [{"names": ["TPC17"], "runs": [72199], "jobs": 4}]
    out = workspace.ok("why", "-c", file, "-r", "cluster", "--runs", "72199-72203").out
    assert "--mask TPC17 would yield 4 jobs" in out
    hold(workspace, 72199, 3)
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", "--runs", "72199-72203")
    assert answer["masks"] == [{"names": ["TPC17"], "runs": [72199], "jobs": 3}]


def test_words_of_a_shifter(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    for run, says in (
        (72201, "runtype is cosmics, the rule wants physics"),
        (72202, "812 of 100000 events"),
        (72203, "120 of 300 s"),
        (99999, "daq.run has no run 99999"),
    ):
        first = workspace.ok("why", "-c", file, "-r", "cluster", "--runs", run).out.splitlines()
        assert first[1] == f"nothing can be submitted: {says}"
        assert first[3].startswith("NO")
    out = workspace.ok("why", "-c", file, "-r", "streaming", "--runs", 72200).out
    assert "host ebdc07 (TPC07) has 2 of 3 segments on disk (segment 2 only on tape)" in out
    hold(workspace, 72200, 2)
    out = workspace.ok("why", "-c", file, "-r", "cluster", "--runs", 72200).out
    left = "2 outputs done, 1 held, memory (34/102)"
    assert out.splitlines()[1] == f"1 job can be submitted now; others: {left}"
    assert f"/lustre/DST_TRKR_CLUSTER_run3auau_{CLUSTER}-00072200-00000.root" in out
    assert re.search(r"done +outputs +2 of 4 outputs are produced, [0-9]+ days ago \(2025-05-21 10:00 UTC\)", out)
    since = r"since [0-9]+ days ago \(2025-05-20 14:05 UTC\)"
    of_job = re.escape('34.2@s1 (asked for 2000 MB, used 2345 MB; on n1; "too much")')
    assert re.search(rf"1 of 4 outputs: held, memory \(34/102\), {since}; {of_job}", out)
    assert "-> see prodcli rescue" in out


def test_blocked_outputs_of_many_runs_by_state(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    hold(workspace, 72200, 2)
    hold(workspace, 72200, 3)
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", "--runs", "72199-72203")
    (group,) = [group for group in answer["groups"] if group["reason"] == "blocked"]
    assert (group["what"], group["count"], group["runs"]) == ("held, memory (34/102)", 2, [72200])
    out = workspace.ok("why", "-c", file, "-r", "cluster", "--runs", "72199-72203").out
    assert "held, memory (34/102): see prodcli rescue" in out


def test_masks_and_invalid_runs_of_the_books(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    rule_ = ("-c", file, "-r", "cluster")
    workspace.ok("mask", "add", "TPC17", "--runs", "72199-72200", "--reason", "HV {off}", "--author", "ada")
    workspace.ok("runs", "invalid", "add", "--runs", 72203, "--reason", "beam\x1b[2J dump", "--author", "bob")
    workspace.ok(
        "runs", "invalid", "add", "--runs", 72200, "--segments", "3", "--reason", "cut {short}", "--author", "bob"
    )
    (answer,) = workspace.json("why", *rule_, "--runs", "72199-72203")
    plan = dry_run(workspace, file, "cluster", "--runs", "72199-72203")
    assert (answer["jobs"], answer["skipped"]) == (len(plan["jobs"]), plan["skipped"])
    assert answer["masks"] == []
    out = workspace.ok("why", *rule_, "--runs", "72199-72203").out
    assert "masked: TPC17 in 2 runs (mask 1: HV {off})" in out
    out = workspace.ok("why", *rule_, "--runs", 72199).out
    assert out.splitlines()[1] == "4 jobs can be submitted now"
    assert re.search(r"ok +masked +masked in this run: TPC17 by ada, [0-9]+ s ago .*: HV {off}", out)
    out = workspace.ok("why", *rule_, "--runs", 72200).out
    assert re.search(r"part +segments +1 of 4 segments invalid: 3 \(by bob, [0-9]+ s ago .*: cut {short}\)", out)
    out = workspace.ok("why", *rule_, "--runs", 72203).out
    assert out.splitlines()[1] == "nothing can be submitted: 120 of 300 s"
    assert re.search(r"NO +valid +invalid run: by bob, [0-9]+ s ago .*: beam", out)
    assert "\x1b" not in out
    out = workspace.ok("why", "-c", file, "-r", "streaming", "--runs", 72199).out
    assert re.search(r"part +hosts +masked: TPC17 by ada", out)


def test_what_if_equals_a_plan_of_the_changed_rule(workspace: Workspace) -> None:
    catalog = seeded_catalog(1)
    workspace.load(catalog)
    low = rule("DST_TRKR_CLUSTER", "ana.537", "2025p010", STREAMING, input_min_run_events=1, input_min_run_time=0)
    rules = {"cluster": RULES["cluster"], "low": low}
    file, runs = write_rules(workspace.folder / "rules", rules), ("--runs", *span(catalog))
    now, then = (Counter(job["runnumber"] for job in dry_run(workspace, file, name, *runs)["jobs"]) for name in rules)
    (answer,) = workspace.json(
        "why", "-c", file, "-r", "cluster", *runs, "--assume-min-events", 1, "--assume-min-time", 0
    )
    assert then.total() > now.total()
    assert answer["then"]["jobs"] == then.total()
    assert {one["run"]: (one["now"], one["then"]) for one in answer["changes"]} == {
        run: (now[run], then[run]) for run in {*now, *then} if now[run] != then[run]
    }
    states = ("held", "failed", "evicted")
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", *runs, "--ignore-state", *states)
    workspace.sql("DELETE FROM production_jobs WHERE status IN ('held', 'failed', 'evicted')")
    plan = dry_run(workspace, file, "cluster", *runs)
    assert (answer["then"]["jobs"], answer["then"]["skipped"]) == (len(plan["jobs"]), plan["skipped"])
    assert answer["jobs"] < len(plan["jobs"])


def test_each_proposal_yields_what_it_says(workspace: Workspace) -> None:
    """The jobs of one plan with all masks are those of a plan for each mask."""
    catalog = seeded_catalog(2)
    workspace.load(catalog)
    file = write_rules(workspace.folder / "rules")
    seen = 0
    for name in ("cluster", "calofitting", "vernier"):
        (answer,) = workspace.json("why", "-c", file, "-r", name, "--runs", *span(catalog))
        for proposal in answer["masks"]:
            seen += 1
            words = ("--runs", ",".join(map(str, proposal["runs"])), "--assume-mask", *proposal["names"])
            (alone,) = workspace.json("why", "-c", file, "-r", name, *words)
            assert alone["then"]["jobs"] == proposal["jobs"], (name, proposal)
    assert seen > 2


def test_what_has_no_room_is_the_limit(shift: tuple[Workspace, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, file = shift
    monkeypatch.setattr(options, "MAXQUEUED", 1)
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", "--runs", 72200)
    plan = dry_run(workspace, file, "cluster", "--runs", 72200, "--maxqueued", 1)
    assert (answer["jobs"], answer["skipped"]) == (1, plan["skipped"])
    (link,) = [link for link in answer["chain"] if link["reason"] == "limit"]
    assert (link["state"], link["text"]) == (
        "part",
        "1 of 4 outputs have no room in this pass",
    )


def test_only_the_segments_that_were_asked_for(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    rule_ = ("-c", file, "--runs", 72200)
    out = workspace.ok("why", *rule_, "-r", "cluster", "--segments", "1", "2").out
    assert "2 of 2 segments can be used" in out and "1 of 2 outputs can be submitted now" in out
    for name, segment in (("cluster", 99), ("streaming", 1)):
        out = workspace.ok("why", *rule_, "-r", name, "--segments", segment).out
        assert out.splitlines()[1] == "nothing can be submitted: no segment of it was asked for"


def test_what_if_in_words(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    rule_ = ("-c", file, "-r", "cluster", "--runs", "72199-72203")
    out = workspace.ok("why", *rule_, "--assume-mask", "TPC17", "--assume-min-events", 1, "--ignore-state", "held").out
    assert "with TPC17 masked, min_run_events 1, held outputs not blocked: +8 jobs, in 2 runs" in out
    out = workspace.ok("why", *rule_, "--assume-min-time", 200).out
    assert "with min_run_time 200: +0 jobs" in out
    rows = workspace.ok("why", *rule_, "--assume-mask", "TPC17", "--format", "csv").out.splitlines()
    assert rows == ["rule,run,now,then", "cluster,72199,0,4"]


def test_csv_of_one_run_and_of_several(shift: tuple[Workspace, Path]) -> None:
    workspace, file = shift
    rule_ = ("-c", file, "-r", "cluster", "--format", "csv")
    one = workspace.ok("why", *rule_, "--runs", 72199).out.splitlines()
    assert one[0] == "rule,run,link,is,reason,what,helps"
    assert any(row.startswith("cluster,72199,hosts,NO,few_hosts_produced,") for row in one)
    several = workspace.ok("why", *rule_, "--runs", "72199-72203").out.splitlines()
    assert several[0] == "rule,reason,level,what,count,runs,helps"
    assert any(row.startswith("cluster,runtype,run,cosmics,1,72201,") for row in several)


def statements(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """How many statements a command runs."""
    count = [0]
    execute = Transaction._execute

    def counted(self: Transaction, *arguments: Any) -> Any:
        count[0] += 1
        return execute(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "_execute", counted)
        workspace.ok(*words)
    return count[0]


@pytest.mark.parametrize("name", ["streaming", "cluster"])
def test_a_range_needs_no_more_statements_than_a_run(
    workspace: Workspace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = seeded_catalog(1, 40)
    workspace.load(catalog)
    file = write_rules(workspace.folder / "rules")
    low, high = span(catalog)
    runs = sorted(run.runnumber for run in catalog.runs)
    plan = ("submit", "-n", "-c", file, "-r", name)
    why = ("why", "-c", file, "-r", name, "--assume-mask", "TPC17")
    for_all = statements(workspace, monkeypatch, *why, "--runs", low, high)
    for_half = statements(workspace, monkeypatch, *why, "--runs", low, runs[19])
    of_plan = statements(workspace, monkeypatch, *plan, "--runs", low, high)
    most = max(statements(workspace, monkeypatch, *why, "--runs", run) for run in runs[:12])
    assert for_all <= for_half + 4  # runs that were taken without a host need two, in a plan and in what is assumed
    assert for_all <= min(most, of_plan) + 8
    assert most <= of_plan + 8


def test_books_of_other_tools_are_enough(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    for table in ("production_attempts", "prodcli_schema"):
        workspace.sql(f"DROP TABLE {table}")  # noqa: S608 - names of the test
    runs = ("--runs", *span(seeded_catalog(1)))
    (answer,) = workspace.json("why", "-c", file, "-r", "cluster", *runs)
    plan = dry_run(workspace, file, "cluster", *runs)
    assert answer["skipped"] == plan["skipped"]
    blocked = {one["what"] for one in answer["groups"] if one["reason"] == "blocked"}
    assert blocked and all("," not in what for what in blocked)
    run = next(run for one in answer["groups"] if one["reason"] == "blocked" for run in one["runs"])
    (one,) = workspace.json("why", "-c", file, "-r", "cluster", "--runs", run)
    assert one["blocking"]


def test_a_rule_with_an_error_is_left_out_and_said(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    rules = {"cluster": RULES["cluster"], "wrong": {"params": {}}}
    file = write_rules(workspace.folder / "rules", rules)
    answer = workspace.run("why", "-c", file, "--runs", 66457)
    assert answer.code == 0
    assert "rule wrong is left out: " in answer.err
    assert "cluster" in answer.out
    answer = workspace.run(
        "why", "-c", write_rules(workspace.folder / "bad", {"wrong": {"params": {}}}), "--runs", 66457
    )
    assert (answer.code, len(answer.err.splitlines())) == (3, 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ignore-state", "helt"], "there is no state 'helt'; did you mean 'held'?"),
        (["--assume-mask", "TCP17"], "no detector or host is called 'TCP17'"),
        (["--assume-mask", "GL1"], "cannot be masked"),
        (["--assume-min-events", "-1"], "--assume-min-events"),
    ],
)
def test_wrong_words_are_one_line(workspace: Workspace, words: list[str], says: str) -> None:
    workspace.load(seeded_catalog(1))
    file = write_rules(workspace.folder / "rules")
    answer = workspace.run("why", "-c", file, "-r", "cluster", "--runs", 66457, *words)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1), answer.err
    assert says in answer.err
