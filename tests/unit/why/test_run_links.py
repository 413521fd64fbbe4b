"""The chain of a run in words: every link, broken and whole, with its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from prodcli.batch.hold_codes import meaning_of
from prodcli.catalogs.rows import RawHost, Run, SegmentInputs
from prodcli.planning.host_requirements import HostRequirements
from prodcli.planning.match import combine, downstream
from prodcli.planning.run_cuts import select_runs
from prodcli.reasons import HELPS, Reason, Skips
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection
from prodcli.time_text import ago, lasted
from prodcli.why.existing_outputs import Blocking, Produced, output_links
from prodcli.why.run_links import Link, LinkState, RunFacts, chain_of, listed, spoken_hosts, spoken_names
from tests.support.library_rules import load

GOOD = Run(72199, "physics", 500_000, 600.0)
NOW = 1_764_000_000  # 2025-11-24 16:00 UTC, a Monday


def skipped(rule: Rule, run: Run | None, raw: Any, inputs: Sequence[SegmentInputs]) -> dict[Reason, list[str | int]]:
    """What a plan says of the run."""
    skips = Skips()
    runs = select_runs([run] if run else [], RunSelection((), frozenset({72199})), rule.input, skips)
    if rule.combining:
        combine(rule, runs, raw, skips)
    else:
        downstream(rule, runs, {72199: raw}, inputs, skips)
    return {one.reason: one.details.get(72199, []) for one in skips}


def combining(
    rule: Rule,
    run: Run | None,
    hosts: Sequence[RawHost],
    away: Mapping[str, list[tuple[int, int | None]]] | None = None,
) -> list[Link]:
    """The chain of a combining rule."""
    return chain_of(rule, RunFacts(72199, run, hosts, 0, (), 0, skipped(rule, run, hosts, ())), away or {})


def downwards(rule: Rule, raw: int, inputs: Sequence[SegmentInputs]) -> list[Link]:
    """The chain of another rule, for a good run."""
    return chain_of(rule, RunFacts(72199, GOOD, (), raw, inputs, 0, skipped(rule, GOOD, raw, inputs)), {})


def broken(links: Sequence[Link]) -> list[tuple[str, str]]:
    """Reason and words of what is broken."""
    return [(str(link.reason), link.text) for link in links if link.reason]


def bit(rule: Rule, *names: str) -> int:
    """Hosts as bits."""
    return sum(1 << i for i, host in enumerate(rule.dsttype.hosts) if host.name in names)


def every(rule: Rule) -> int:
    """All inputs."""
    return (1 << len(rule.dsttype.inputs)) - 1


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (None, [("run_unknown", "daq.run has no run 72199")]),
        (Run(72199, "physics", 9, None), [("run_not_ended", "daq.run has no begin or no end of it: it has not ended, or its end was never written")]),
        (Run(72199, "cosmics", 500_000, 600.0), [("runtype", "runtype is cosmics, the rule wants physics")]),
        (Run(72199, "", 500_000, 600.0), [("runtype", "runtype is empty, the rule wants physics")]),
        (Run(72199, "physics", 812, 600.0), [("few_events", "812 of 100000 events")]),
        (Run(72199, "physics", 500_000, 120.0), [("too_short", "120 of 300 s")]),
        (Run(72199, "physics", 812, 299.9), [("few_events", "812 of 100000 events"), ("too_short", "299.9 of 300 s")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_run(run: Run | None, wanted: list[tuple[str, str]]) -> None:
    found = broken(combining(load("streaming"), run, [RawHost(72199, "gl1daq", 1, 1, 1)]))
    assert found[: len(wanted)] == wanted


def test_a_run_that_can_never_be_used_is_not_looked_at_further() -> None:
    links = combining(load("streaming"), Run(72199, "cosmics", 500_000, 600.0), [])
    assert [(link.step, link.state) for link in links if link.state is LinkState.UNSEEN] == [
        ("inputs", LinkState.UNSEEN),
        ("outputs", LinkState.UNSEEN),
    ]


def test_combining_tells_hosts_and_segments() -> None:
    rule = load("streaming")
    gl1 = RawHost(72199, "gl1daq", 12, 12, 1)
    assert broken(combining(rule, GOOD, [])) == [("no_gl1", "no GL1: the raw catalog has no file of gl1daq")]
    half = {"gl1daq": [(3, 0), (4, -1), (5, None)]}
    assert broken(combining(rule, GOOD, [RawHost(72199, "gl1daq", 12, 9, 1)], half)) == [
        (
            "gl1_off_disk",
            "gl1daq has 9 of 12 segments on disk (segment 3 only on tape; segments 4, 5 bad, or of no status)",
        )
    ]
    hosts = [
        RawHost(72199, host.name, 12, 12, 1) for host in rule.dsttype.hosts if host.name not in ("ebdc07", "intt3")
    ]
    links = combining(rule, GOOD, [gl1, *hosts, RawHost(72199, "ebdc07", 12, 11, 1)], {"ebdc07": [(4, 0)]})
    assert broken(links) == [
        ("host_off_disk", "host ebdc07 (TPC07) has 11 of 12 segments on disk (segment 4 only on tape)"),
        ("no_inputs", "no raw file of 1 of 63 hosts: INTT3"),
    ]
    assert links[-1] == Link("hosts", LinkState.OK, "61 of 63 hosts take part")
    assert {link.state for link in links if link.reason} == {LinkState.PART}
    links = combining(rule, GOOD, [gl1])
    assert broken(links)[0][1].startswith("no raw file of 63 of 63 hosts: INTT0, INTT1")
    assert links[-1].state is LinkState.BROKEN


def test_downstream_tells_streams() -> None:
    rule = load("cluster")
    whole = every(rule)
    lacks = whole & ~bit(rule, "ebdc17:1")
    assert broken(downwards(rule, whole, [SegmentInputs(72199, (0,), lacks, lacks)])) == [
        ("few_hosts_produced", "47 of 48 TPC streams are produced (missing TPC17 server 1)")
    ]
    assert broken(downwards(rule, lacks, [SegmentInputs(72199, (0,), whole, whole)])) == [
        ("few_hosts_raw", "47 of 48 TPC hosts wrote raw files (missing TPC17 server 1)")
    ]
    gone = whole & ~bit(rule, "intt3", "mvtx0")
    assert broken(downwards(rule, whole, [SegmentInputs(72199, (0,), gone, gone)])) == [
        ("host_not_produced", "INTT3, MVTX0 wrote raw files, but no streams are produced")
    ]
    assert broken(downwards(rule, whole, [])) == [
        ("no_inputs", "the file catalog has not one of 63 inputs of tag ana514_nocdbtag_v001, dataset run3auau")
    ]


def test_downstream_tells_segments() -> None:
    rule = load("cluster_cut")
    whole = every(rule)
    gone, away = whole & ~bit(rule, "ebdc17", "ebdc17:1"), whole & ~bit(rule, "intt3")
    rows = [
        SegmentInputs(72199, (0,), whole, whole),
        SegmentInputs(72199, (1,), whole, whole),
        SegmentInputs(72199, (2,), gone, gone),
        SegmentInputs(72199, (4,), whole, away),
    ]
    links = downwards(rule, whole, rows)
    assert broken(links) == [
        ("segment_incomplete", "1 of 4 segments incomplete: 2 lacks TPC17"),
        ("input_off_disk", "1 of 4 segments with an input that is not on disk: 4 lacks INTT3"),
        ("segment_cut", "1 of 4 segments no multiple of cut_segment 2"),
    ]
    assert links[-1] == Link("segments", LinkState.OK, "1 of 4 segments can be used")


def test_few_sebs_are_counted() -> None:
    rule = load("calofitting_min_seb")
    whole = every(rule)
    few = whole & ~bit(rule, "seb01", "seb02", "seb03")
    found = broken(downwards(rule, whole, [SegmentInputs(72199, (0,), few, few)]))
    assert found == [
        (
            "few_hosts_produced",
            "17 of 20 CALO streams are produced (missing SEB01, SEB02, SEB03); at least 18 are needed",
        )
    ]


def test_lacking_hosts_are_those_that_a_mask_must_name() -> None:
    rule = load("cluster")
    whole = every(rule)
    raw, made = whole & ~bit(rule, "ebdc05"), whole & ~bit(rule, "ebdc05", "ebdc17:1", "intt3")
    needs = HostRequirements.of(rule)
    assert spoken_names(rule.dsttype, needs.lacking(raw, made, 0)) == ("INTT3", "TPC05", "TPC17")
    assert spoken_names(rule.dsttype, needs.lacking(raw, made, bit(rule, "intt3"))) == ("TPC05", "TPC17")
    assert needs.lacking(whole, whole, 0) == 0
    sebs = load("calofitting_min_seb")
    few = every(sebs) & ~bit(sebs, "seb01", "seb02", "seb03")
    lacking = HostRequirements.of(sebs).lacking(every(sebs), few, 0)
    assert spoken_names(sebs.dsttype, lacking) == ("SEB01", "SEB02", "SEB03")


def test_hosts_as_people_say_them() -> None:
    hosts = load("cluster").dsttype.hosts
    by_name = {host.name: host for host in hosts}
    both = [by_name["ebdc17"], by_name["ebdc17:1"]]
    assert spoken_hosts(hosts, both) == "TPC17"
    assert spoken_hosts(hosts, both[:1]) == "TPC17 server 0"
    assert spoken_hosts(hosts, [by_name["intt3"], both[1]]) == "INTT3, TPC17 server 1"
    assert listed([1, 2, 3], 2) == "1, 2 and 1 more"


# ---- outputs


def test_outputs_in_words() -> None:
    monday = NOW - 3600
    produced = [Produced("a.root", 1, "/lustre/a.root", monday), Produced("b.root", 0, None, None)]
    held = [
        Blocking("c", "held", "", monday - 6 * 86400, 34, 2, "s1", 34, 102, "over memory", None, "n1", 2000, 2100),
        Blocking("d", "held", "", monday, 34, 3, "s1", 34, 102, "over memory", None, "n1", 2000, 2100),
        Blocking("e", "failed", "", monday, 35, 0, "s1", exit_code=3, node="n2", err="/logs/e.err"),
        Blocking("f", None),
    ]
    advice = {(34, 102): "prodcli resubmit --auto --dbid 3 4"}
    links = output_links(produced, held, 2, 5, NOW, advice)
    assert [link.text for link in links] == [
        "2 of 13 outputs are produced, 60 min ago (15:00 UTC); 1 not on disk",
        "1 of 13 outputs: failed, since 60 min ago (15:00 UTC); 35.0@s1 (exit code 3; on n2)",
        "2 of 13 outputs: held, memory (34/102), since 6 days ago (2025-11-18 15:00 UTC); 34.2@s1, 34.3@s1"
        ' (asked for 2000 MB, used 2100 MB; on n1; "over memory")',
        "1 of 13 outputs: no state",
        "2 of 13 outputs have no room in this pass",
        "5 of 13 outputs can be submitted now",
    ]
    assert [link.state for link in links] == [LinkState.DONE, *[LinkState.PROBLEM] * 3, LinkState.PART, LinkState.OK]
    assert [link.path for link in links] == ["/lustre/a.root", "/logs/e.err", "", "", "", ""]
    assert links[2].helps == "prodcli resubmit --auto --dbid 3 4"
    assert output_links(produced, held, 2, 5, NOW, {})[2].helps == "see prodcli rescue"
    waiting = [Blocking("g", "running"), Blocking("h", "finished"), Blocking("i", "held", "parked")]
    states = [link.state for link in output_links([], waiting, 0, 0, NOW, {})]
    assert states == [LinkState.WAITS, LinkState.PROBLEM, LinkState.WAITS]


def test_every_reason_has_what_helps() -> None:
    assert list(HELPS) == list(Reason)


@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (34, 102, "memory (34/102)"),
        (21, 102, "memory (21/102)"),
        (34, 104, "disk (34/104)"),
        (1, None, "held by a person (1/0)"),
        (99, 5, "see the hold reason (99/5)"),
    ],
)
def test_holds_in_words(code: int, subcode: int | None, words: str) -> None:
    hold = meaning_of(code, subcode)
    assert hold is not None and hold.meaning == words and hold.helps


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "The job attribute PeriodicHold expression 'NumJobStarts > 3' evaluated to TRUE",
            "the job's own policy (periodic_hold) (3/0)",
        ),
        (
            "The job attribute OnExitHold expression 'ExitCode =!= 0' evaluated to TRUE",
            "the job's own policy (on_exit_hold) (3/0)",
        ),
        (
            "The system macro SYSTEM_PERIODIC_HOLD expression 'JobStatus == 2' evaluated to TRUE",
            "the pool's policy (SYSTEM_PERIODIC_HOLD) (3/0)",
        ),
        ("too long in the queue, said the pool", "a policy of the job or the pool (3/0)"),
        (None, "a policy of the job or the pool (3/0)"),
    ],
)
def test_the_policy_that_held_a_job_is_the_one_that_the_reason_names(reason: str | None, words: str) -> None:
    hold = meaning_of(3, 0, reason)
    assert hold is not None
    assert hold.meaning == words


def test_no_hold_code_has_no_meaning() -> None:
    assert meaning_of(None, None) is None and meaning_of(0, 0) is None


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (0, "0 s ago (16:00 UTC)"),
        (16 * 3600, "16 h ago (00:00 UTC)"),
        (16 * 3600 + 60, "16 h ago (2025-11-23 23:59 UTC)"),
        (2 * 86400, "2 days ago (2025-11-22 16:00 UTC)"),
        (7 * 86400, "7 days ago (2025-11-17 16:00 UTC)"),
        (-86400, "in 24 h (2025-11-25 16:00 UTC)"),
        (NOW + 1, "at no time that a calendar has"),
    ],
)
def test_times_as_people_say_them(before: int, words: str) -> None:
    assert ago(NOW - before, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (599.9, "599 s"), (600, "10 min"), (7260, "2 h 1 min"), (-60, "-60 s")]
)
def test_lengths(seconds: float, words: str) -> None:
    assert lasted(seconds) == words
