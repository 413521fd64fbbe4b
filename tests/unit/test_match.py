"""Matching by hand; the brute-force comparison is in integration/test_contract.py."""

from typing import Any

import pytest

from prodcli.layout import Job
from prodcli.match import RawHost, SegmentInputs, combine, downstream
from prodcli.reasons import Skips
from prodcli.rule import Rule
from prodcli.runs import Run, RunSelection
from tests.support.loaded import load

RUN = Run(70000, "physics", 500_000, 600.0)
OLDER = Run(69999, "physics", 500_000, 600.0)


def raw(run: int, host: str, *on_disk: int) -> RawHost:
    """A host's raw files by segment: 1 is on disk."""
    return RawHost(run, host, len(on_disk), sum(on_disk), on_disk[0])


def all_bits(rule: Rule) -> int:
    """Every input there."""
    return (1 << len(rule.dsttype.inputs)) - 1


def reasons(skips: Skips) -> dict[str, Any]:
    """Details by reason and level."""
    return {f"{one.reason}/{one.level}": one.details for one in skips}


def test_combining_takes_hosts_that_are_all_on_disk_newest_run_first() -> None:
    rows = [
        *(
            raw(70000, "gl1daq", 1, 1),
            raw(70000, "ebdc00:1", 1, 1, 1),
            raw(70000, "intt0", 1),
            raw(70000, "intt1", 1, 0),
        ),
        *(raw(69999, "intt0", 1, 1), raw(69999, "gl1daq", 1)),
    ]
    skips = Skips()
    jobs = combine(load("streaming"), [OLDER, RUN], rows, None, skips)
    assert jobs == [
        Job(70000, 0, 1, 500_000, "intt0", "intt0"),
        Job(70000, 0, 3, 500_000, "ebdc00:1", "ebdc00_1"),
        Job(69999, 0, 2, 500_000, "intt0", "intt0"),
    ]
    found = reasons(skips)
    assert found["host_off_disk/host"] == {70000: ["intt1"]}
    assert len(found["no_inputs/host"][70000]) == 60


def test_combining_segment_0_asks_for_segment_0() -> None:
    rows = [raw(70000, "gl1daq", 1, 0), raw(70000, "intt0", 1, 0), raw(70000, "intt1", 0, 1)]
    jobs = combine(load("streaming_seg0"), [RUN], rows, None, Skips())
    assert [(job.host, job.n_inputs) for job in jobs] == [("intt0", 1)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([raw(70000, "intt0", 1)], "no_gl1/run"),
        ([raw(70000, "intt0", 1), raw(70000, "gl1daq", 1, 0)], "gl1_off_disk/run"),
        ([raw(70000, "gl1daq", 1), raw(70000, "seb00", 1)], "no_inputs/run"),
        ([], "no_gl1/run"),
    ],
)
def test_combining_needs_the_trigger(rows: list[RawHost], reason: str) -> None:
    skips = Skips()
    assert combine(load("streaming"), [RUN], rows, None, skips) == []
    assert list(reasons(skips)) == [reason]


def test_a_combining_job_is_named_by_segment_0_and_chosen_by_it() -> None:
    rows = [raw(70000, "gl1daq", 1), raw(70000, "intt0", 1, 1)]
    assert combine(load("streaming"), [RUN], rows, RunSelection((), frozenset({1})), Skips()) == []


def test_a_segment_needs_every_host_that_the_run_has_on_disk() -> None:
    rule = load("cluster_cut")
    every = all_bits(rule)
    rows = [
        SegmentInputs(70000, 2, every, every),
        SegmentInputs(70000, 0, every, every),
        SegmentInputs(70000, 1, every, every),
        SegmentInputs(70000, 4, every & ~1, every & ~1),
        SegmentInputs(70000, 6, every, every & ~2),
    ]
    skips = Skips()
    jobs = downstream(rule, [RUN], {70000: every}, rows, None, skips)
    assert [(job.segment, job.n_inputs) for job in jobs] == [(0, 63), (2, 63)]
    assert reasons(skips) == {
        "segment_incomplete/segment": {70000: [4]},
        "input_off_disk/segment": {70000: [6]},
        "segment_cut/segment": {70000: [1]},
    }


def test_a_run_that_lacks_a_host_says_which() -> None:
    rule = load("cluster")
    every = all_bits(rule)
    bit = {host.name: 1 << i for i, host in enumerate(rule.dsttype.hosts)}
    runs = [Run(number, "physics", 500_000, 600.0) for number in (1, 2, 3, 4, 5)]
    seen = {1: every & ~bit["ebdc17:1"], 2: every, 3: every, 4: every & ~bit["intt3"], 5: every}
    made = {1: every, 2: every & ~bit["ebdc17"], 3: every & ~bit["intt3"], 4: every & ~bit["intt3"]}
    rows = [SegmentInputs(run, 0, mask, mask) for run, mask in made.items()]
    skips = Skips()
    assert [job.run for job in downstream(rule, runs, seen, rows, None, skips)] == [4]
    assert reasons(skips) == {
        "no_inputs/run": {5: ["nothing of tag ana514_nocdbtag_v001"]},
        "few_hosts_raw/run": {1: ["missing ebdc17:1 (TPC17)"]},
        "few_hosts_produced/run": {2: ["missing ebdc17 (TPC17)"]},
        "host_not_produced/run": {3: ["missing intt3 (INTT3)"]},
    }


def test_a_minimum_of_hosts_counts_those_of_the_inputs() -> None:
    rule = load("calofitting_min_seb")
    eighteen, seventeen = (1 << 18) - 1, (1 << 17) - 1
    rows = [SegmentInputs(run, 0, mask, mask) for run, mask in ((70000, eighteen), (69999, seventeen))]
    skips = Skips()
    jobs = downstream(rule, [RUN, OLDER], {70000: eighteen, 69999: eighteen}, rows, None, skips)
    assert [job.run for job in jobs] == [70000]
    assert reasons(skips)["few_hosts_produced/run"][69999][0].startswith("17 of at least 18: missing seb17 (SEB17)")


def test_one_to_one_is_a_job_for_each_file_on_disk() -> None:
    rows = [SegmentInputs(70000, 0, 1, 1), SegmentInputs(70000, 1, 1, 0), SegmentInputs(70000, 5, 1, 1)]
    skips = Skips()
    chosen = RunSelection(((0, 1),), frozenset())
    assert [job.segment for job in downstream(load("seed"), [RUN], {}, rows, chosen, skips)] == [0]
    assert reasons(skips) == {"input_off_disk/segment": {70000: [1]}}
