"""Matching by hand; the brute-force comparison is in integration/test_contract.py."""

from typing import Any

import pytest

from prodcli.catalogs.rows import RawHost, Run, SegmentInputs
from prodcli.config.profile import host_bits
from prodcli.exclusions.invalid_runs import Invalid, invalid_segments, without_invalid
from prodcli.exclusions.masks import Mask, mask_bits
from prodcli.planning.match import MatchLimits, combine, downstream
from prodcli.reasons import Skips
from prodcli.rules.layout import Job
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection
from tests.support.library_rules import load

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
    jobs = combine(load("streaming"), [OLDER, RUN], rows, skips)
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
    jobs = combine(load("streaming_seg0"), [RUN], rows, Skips())
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
    assert combine(load("streaming"), [RUN], rows, skips) == []
    assert list(reasons(skips)) == [reason]


def test_a_combining_job_is_named_by_segment_0_and_chosen_by_it() -> None:
    rows = [raw(70000, "gl1daq", 1), raw(70000, "intt0", 1, 1)]
    assert combine(load("streaming"), [RUN], rows, Skips(), MatchLimits(RunSelection((), frozenset({1})))) == []


def test_a_segment_needs_every_host_that_the_run_has_on_disk() -> None:
    rule = load("cluster_cut")
    every = all_bits(rule)
    rows = [
        SegmentInputs(70000, (2,), every, every),
        SegmentInputs(70000, (0,), every, every),
        SegmentInputs(70000, (1,), every, every),
        SegmentInputs(70000, (4,), every & ~1, every & ~1),
        SegmentInputs(70000, (6,), every, every & ~2),
    ]
    skips = Skips()
    jobs = downstream(rule, [RUN], {70000: every}, rows, skips)
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
    rows = [SegmentInputs(run, (0,), mask, mask) for run, mask in made.items()]
    skips = Skips()
    assert [job.run for job in downstream(rule, runs, seen, rows, skips)] == [4]
    assert reasons(skips) == {
        "no_inputs/run": {5: ["nothing of tag ana514_nocdbtag_v001"]},
        "few_hosts_raw/run": {1: ["missing ebdc17:1 (TPC17)"]},
        "few_hosts_produced/run": {2: ["missing ebdc17 (TPC17)"]},
        "host_not_produced/run": {3: ["missing intt3 (INTT3)"]},
    }


def test_a_minimum_of_hosts_counts_those_of_the_inputs() -> None:
    rule = load("calofitting_min_seb")
    eighteen, seventeen = (1 << 18) - 1, (1 << 17) - 1
    rows = [SegmentInputs(run, (0,), mask, mask) for run, mask in ((70000, eighteen), (69999, seventeen))]
    skips = Skips()
    jobs = downstream(rule, [RUN, OLDER], {70000: eighteen, 69999: eighteen}, rows, skips)
    assert [job.run for job in jobs] == [70000]
    assert reasons(skips)["few_hosts_produced/run"][69999][0].startswith("17 of at least 18: missing seb17 (SEB17)")


def test_one_to_one_is_a_job_for_each_file_on_disk() -> None:
    rows = [SegmentInputs(70000, (0,), 1, 1), SegmentInputs(70000, (1,), 1, 0), SegmentInputs(70000, (5,), 1, 1)]
    skips = Skips()
    chosen = RunSelection(((0, 1),), frozenset())
    assert [job.segment for job in downstream(load("seed"), [RUN], {}, rows, skips, MatchLimits(chosen))] == [0]
    assert reasons(skips) == {"input_off_disk/segment": {70000: [1]}}


def test_a_masked_host_gets_no_combining_job() -> None:
    rule = load("streaming")
    rows = [raw(70000, host, 1) for host in ("gl1daq", "intt0", "intt1", "ebdc17:1")] + [raw(70000, "intt2", 0)]
    skips = Skips()
    masks = {70000: host_bits(rule.dsttype, ("intt1", "intt2", "intt3"))}
    jobs = combine(rule, [RUN], rows, skips, MatchLimits(masks=masks))
    assert [(job.host, job.mask) for job in jobs] == [("intt0", masks[70000]), ("ebdc17:1", masks[70000])]
    found = reasons(skips)
    assert found["masked/host"] == {70000: ["intt1"]}
    assert found["host_off_disk/host"] == {70000: ["intt2"]}  # the first reason counts
    assert "intt3" in found["no_inputs/host"][70000]


def test_a_masked_host_is_not_asked_for_and_not_read() -> None:
    """Run 1 lacks it everywhere, 2 has it off disk, 3 in some segments only, 4 has it: the job is the same."""
    rule = load("cluster")
    every, tpc17 = all_bits(rule), host_bits(rule.dsttype, ("ebdc17", "ebdc17:1"))
    rest = every & ~tpc17
    runs = [Run(number, "physics", 500_000, 600.0) for number in (1, 2, 3, 4)]
    rows = [
        SegmentInputs(1, (0,), rest, rest),
        SegmentInputs(2, (0,), every, rest),
        *(SegmentInputs(3, (0,), rest, rest), SegmentInputs(3, (1,), every, every)),
        SegmentInputs(4, (0,), every, every),
    ]
    skips = Skips()
    seen = {1: rest, 2: every, 3: every, 4: every}
    jobs = downstream(rule, runs, seen, rows, skips, MatchLimits(masks=dict.fromkeys((1, 2, 3, 4), tpc17)))
    assert [(job.run, job.segment, job.n_inputs, job.mask) for job in jobs] == [
        *((4, 0, 61, tpc17), (3, 0, 61, tpc17), (3, 1, 61, tpc17), (2, 0, 61, tpc17), (1, 0, 61, tpc17))
    ]
    assert reasons(skips) == {}
    unmasked = Skips()
    assert [job.run for job in downstream(rule, runs, seen, rows, unmasked)] == [4, 3]
    assert list(reasons(unmasked)) == ["few_hosts_raw/run", "segment_incomplete/segment", "input_off_disk/segment"]


def test_a_mask_covers_no_other_lack() -> None:
    rule = load("cluster")
    every = all_bits(rule)
    intt3, tpc5 = (host_bits(rule.dsttype, (name,)) for name in ("intt3", "ebdc05"))
    rows = [SegmentInputs(70000, (0,), every & ~intt3 & ~tpc5, every), SegmentInputs(69999, (0,), every, every & ~tpc5)]
    skips = Skips()
    masks = {70000: intt3, 69999: intt3}
    assert downstream(rule, [RUN, OLDER], {70000: every, 69999: every}, rows, skips, MatchLimits(masks=masks)) == []
    assert reasons(skips) == {
        "few_hosts_produced/run": {70000: ["missing ebdc05 (TPC05)"]},
        "input_off_disk/segment": {69999: [0]},
    }


@pytest.mark.parametrize(("rule_name", "masked", "jobs"), [("calofitting", 1, 1), ("calofitting", 0, 0)])
def test_all_hosts_are_all_that_are_not_masked(rule_name: str, masked: int, jobs: int) -> None:
    rule = load(rule_name)
    there = all_bits(rule) & ~1
    rows = [SegmentInputs(70000, (0,), there, there)]
    assert len(downstream(rule, [RUN], {70000: there}, rows, Skips(), MatchLimits(masks={70000: masked}))) == jobs


def test_a_minimum_of_hosts_stays_and_is_at_most_what_is_left() -> None:
    rule = load("calofitting_min_seb")  # 18 of 20
    every = all_bits(rule)
    for masked, there, jobs in (
        ((1 << 1) - 1, 18, 1),
        ((1 << 1) - 1, 17, 0),
        ((1 << 3) - 1, 17, 1),
        ((1 << 3) - 1, 16, 0),
    ):
        left = every & ~((1 << 20 - there) - 1)
        rows = [SegmentInputs(70000, (0,), left, left)]
        assert len(downstream(rule, [RUN], {70000: left}, rows, Skips(), MatchLimits(masks={70000: masked}))) == jobs, (
            masked,
            there,
        )


def test_what_only_masked_hosts_have_is_masked() -> None:
    rule = load("mvtxme", input_cut_segment=2)
    one, two = 1, 2
    rows = [
        *(SegmentInputs(70000, (0,), one | two, one | two), SegmentInputs(70000, (1,), one, one)),
        *(SegmentInputs(70000, (2,), one, 0), SegmentInputs(69999, (0,), one, one)),
    ]
    skips = Skips()
    jobs = downstream(rule, [RUN, OLDER], {}, rows, skips, MatchLimits(masks={70000: one, 69999: one}))
    assert [(job.segment, job.n_inputs) for job in jobs] == [(0, 1)]
    assert reasons(skips) == {
        "masked/run": {69999: ["every input is masked"]},
        "segment_cut/segment": {70000: [1]},
        "masked/segment": {70000: [2]},
    }


def test_masks_are_bits_by_run_and_dsttype() -> None:
    rule = load("cluster")
    masks = [
        Mask(("intt0", "seb00"), (10, 20)),
        Mask(("intt1",), (20, 30), "DST_TRKR_CLUSTER"),
        Mask(("intt2",), (0, 99), "DST_STREAMING_EVENT"),
        Mask(("seb01",), (0, 99)),
    ]
    assert mask_bits(rule, masks, [5, 31, 20, 10, 30]) == {10: 1, 20: 3, 30: 2}
    assert mask_bits(load("calofitting"), masks, [10, 50]) == {10: 3, 50: 2}
    assert mask_bits(load("seed"), masks, [10]) == {}


def test_invalid_runs_and_segments_make_nothing() -> None:
    rule = load("seed")
    invalid = [
        Invalid((1, 2), reason="magnet off"),
        Invalid((3, 4), dsttype="DST_TRKR_TRACKS"),
        Invalid((4, 5), (1, 2)),
        Invalid((5, 5), (7, 7), "DST_TRKR_SEED"),
    ]
    runs = [Run(number, "physics", 500_000, 600.0) for number in (1, 3, 4, 5)]
    skips = Skips()
    left = without_invalid(rule, runs, invalid, skips)
    segments = invalid_segments(rule, invalid, [run.number for run in left])
    rows = [SegmentInputs(run, (segment,), 1, 1) for run in (3, 4, 5) for segment in (0, 1, 7)]
    jobs = downstream(rule, left, {}, rows, skips, MatchLimits(invalid=segments))
    assert [(job.run, job.segment) for job in jobs] == [(5, 0), (4, 0), (4, 7), (3, 0), (3, 1), (3, 7)]
    assert reasons(skips) == {"invalid/run": {1: ["magnet off"]}, "invalid/segment": {4: [1], 5: [1, 7]}}


def test_a_combining_job_is_invalid_with_segment_0() -> None:
    rule = load("streaming")
    rows = [raw(run, host, 1, 1) for run in (70000, 69999) for host in ("gl1daq", "intt0")]
    skips = Skips()
    invalid = {70000: [(0, 3)], 69999: [(1, 3)]}
    assert [job.run for job in combine(rule, [RUN, OLDER], rows, skips, MatchLimits(invalid=invalid))] == [69999]
    assert reasons(skips)["invalid/segment"] == {70000: [0]}
    unchosen = Skips()
    assert combine(rule, [RUN], rows, unchosen, MatchLimits(RunSelection((), frozenset({1})), invalid=invalid)) == []
    assert reasons(unchosen) == {}
