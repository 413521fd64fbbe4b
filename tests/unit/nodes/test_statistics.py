"""Nodes against the average: what counts, how likely chance is, and which look like black holes."""

import math
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.nodes.statistics import JobOutcome, JobOutcomes, NodeLine, binomial_tail, node_lines

HOUR = 3600


def rows(node: str, finished: int, failed: int = 0, dsttype: str = "A", seconds: int = 5) -> list[JobOutcomes]:
    """Jobs that finished after an hour, and jobs that failed after some seconds."""
    good = JobOutcomes(node, dsttype, JobOutcome.FINISHED, None, None, HOUR, finished)
    bad = JobOutcomes(node, dsttype, JobOutcome.FAILED, None, None, seconds, failed)
    return [one for one in (good, bad) if one.jobs]


def held(node: str, code: int, subcode: int, jobs: int, seconds: int | None = 5) -> JobOutcomes:
    """Jobs that are held."""
    return JobOutcomes(node, "A", JobOutcome.HELD, code, subcode, seconds, jobs)


def line(found: list[NodeLine], node: str) -> NodeLine:
    """The line of a node."""
    (one,) = [one for one in found if one.node == node]
    return one


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.001, 0.999))
def test_the_tail_is_that_of_the_binomial_distribution(successes: int, trials: int, share: float) -> None:
    exact = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(successes, trials + 1))
    assert math.isclose(binomial_tail(successes, trials, share), exact, rel_tol=1e-6, abs_tol=1e-12)


def test_the_tail_at_its_ends_and_of_many() -> None:
    assert [binomial_tail(0, 9, 0.1), binomial_tail(1, 9, 0.0), binomial_tail(3, 9, 1.0)] == [1.0, 0.0, 1.0]
    assert 0.49 < binomial_tail(500_000, 1_000_000, 0.5) < 0.51
    assert binomial_tail(1_000_000, 1_000_000, 0.001) == 0.0
    assert binomial_tail(1, 1_000_000, 0.5) == pytest.approx(1.0)


def test_a_black_hole_is_told_with_evidence() -> None:
    found = node_lines([*rows("a", 194, 6), *rows("b", 200), *rows("hole", 2, 12, seconds=17)])
    assert [one.node for one in found if one.black_hole] == [found[0].node] == ["hole"]
    assert found[0].evidence == "12 of 14 jobs failed within 17 s; elsewhere 1.5 %"
    assert found[0].chance is not None and found[0].chance < 1e-9
    assert (line(found, "a").evidence, line(found, "a").black_hole) == ("", False)


def test_a_rule_that_fails_everywhere_blames_no_node() -> None:
    broken = [row for node in "abcd" for row in rows(node, 0, 30, dsttype="BROKEN")]
    found = node_lines([*broken, *rows("a", 50), *rows("b", 50), *rows("e", 100)])
    assert not any(one.black_hole for one in found)
    assert line(found, "c").rate == line(found, "c").elsewhere == 1.0  # it only got jobs of the broken rule


def test_slow_failures_and_few_failures_make_no_black_hole() -> None:
    found = node_lines([*rows("a", 300), *rows("slow", 2, 12, seconds=HOUR // 2), *rows("few", 0, 4)])
    assert not any(one.black_hole for one in found)
    assert line(found, "slow").chance == pytest.approx(0, abs=1e-9)  # shown, all the same
    assert line(found, "slow").quick == 0


def test_holds_that_are_not_of_the_node_are_kept_apart() -> None:
    others = [held("n", 34, 102, 7), held("n", 1, 0, 5), held("n", 3, 0, 4), held("n", 15, 0, 3), held("n", 46, 0, 2)]
    found = node_lines([*rows("a", 300), *rows("n", 10), *others])
    one = line(found, "n")
    assert (one.jobs, one.held, one.memory_holds, one.other_holds, one.start_holds) == (31, 21, 7, 14, 0)
    assert (one.trouble, one.judged, one.rate) == (0, 10, 0.0)


def test_holds_of_jobs_that_could_not_start_count_as_quick_whatever_the_time() -> None:
    found = node_lines([*rows("a", 300), held("n", 6, 2, 6, None), held("n", 13, 2, 3, HOUR)])
    one = line(found, "n")
    assert (one.start_holds, one.trouble, one.quick, one.black_hole) == (6, 9, 6, True)
    assert one.evidence == "6 of 9 jobs failed at once; elsewhere 0 %"


def test_slots_count_as_their_node() -> None:
    (one,) = node_lines([*rows("slot1_1@N1.x.org", 3), *rows("slot1_2@n1.x.org", 2, 1)])
    assert (one.node, one.jobs, one.failed, one.elsewhere, one.chance) == ("n1.x.org", 6, 1, None, None)


def test_evictions_are_no_end() -> None:
    evicted = JobOutcomes("n", "A", JobOutcome.EVICTED, None, None, None, 4)
    (one,) = node_lines([evicted])
    assert (one.jobs, one.evicted, one.rate, one.median) == (0, 4, None, None)


def test_the_median_is_of_what_finished_there() -> None:
    times = [
        JobOutcomes("n", "A", JobOutcome.FINISHED, None, None, seconds, jobs)
        for seconds, jobs in ((9, 1), (20, 3), (90, 2))
    ]
    assert node_lines([*times, *rows("n", 0, 50)])[0].median == 20


def test_where_nothing_has_finished_a_minute_is_quick() -> None:
    found = node_lines([*rows("n", 0, 3, seconds=50), *rows("m", 0, 3, seconds=70)])
    assert [line(found, node).quick for node in "nm"] == [3, 0]


def test_nothing_gives_nothing() -> None:
    assert node_lines([]) == []
