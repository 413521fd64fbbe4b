"""A sample of jobs: the same each time, of the stated size, spread over the rows."""

from collections.abc import Sequence

import pytest

from prodcli.recovery.recovery_plan import RecoveryPlan, sample_of
from prodcli.verbs import CLONE, PARK
from tests.unit.recovery.test_outcome import job


def dbids(plan: RecoveryPlan) -> list[int]:
    """The rows of a plan's first part."""
    return [one.dbid for one, _ in plan.jobs]


def planned(numbers: Sequence[int]) -> RecoveryPlan:
    """A plan for jobs of these rows."""
    return RecoveryPlan(CLONE, [(job(number), None) for number in numbers])


@pytest.mark.parametrize(("fraction", "size"), [(0.1, 12), (0.001, 1), (1, 117), (0.5, 59)])
def test_a_sample_has_the_stated_part_of_the_jobs_rounded_up(fraction: float, size: int) -> None:
    plan = planned(range(1, 118)).sampled(fraction)
    assert (len(plan.jobs), len(set(dbids(plan)))) == (size, size)
    assert plan.notes[0] == f"sample: {size} of 117 jobs, drawn by row number, so the same jobs each time"
    assert plan.parameters == {"sample": fraction}
    assert dbids(plan) == sorted(dbids(plan))


def test_a_second_look_draws_the_same_jobs_and_a_larger_fraction_draws_them_too() -> None:
    plan = planned(range(1, 1001))
    tenth = dbids(plan.sampled(0.1))
    assert tenth == dbids(planned(range(1000, 0, -1)).sampled(0.1))[::-1]
    assert set(tenth) < set(dbids(plan.sampled(0.2)))
    left = planned([dbid for dbid in range(1, 1001) if dbid != tenth[0]]).sampled(0.1)
    assert len(set(tenth[1:]) & set(dbids(left))) == 99


def test_a_sample_is_spread_over_all_rows() -> None:
    drawn = dbids(planned(range(10_000)).sampled(0.1))
    tenths = [sum(low <= dbid < low + 1000 for dbid in drawn) for low in range(0, 10_000, 1000)]
    assert all(70 <= count <= 130 for count in tenths)


def test_each_part_of_a_plan_is_sampled_and_a_limit_comes_after() -> None:
    parked = RecoveryPlan(PARK, planned(range(200, 220)).jobs)
    plan = RecoveryPlan(CLONE, planned(range(100)).jobs, more=[parked]).sampled(0.1)
    assert [len(part.jobs) for part in plan.parts.values()] == [10, 2]
    assert [len(part.jobs) for part in plan.limited(4).parts.values()] == [4, 0]


def test_without_a_fraction_or_jobs_a_plan_stays_as_it_is() -> None:
    plan = planned(range(3))
    assert plan.sampled(None) is plan
    assert sample_of([], 0.1) == []
    assert planned([]).sampled(0.1).notes == ()
