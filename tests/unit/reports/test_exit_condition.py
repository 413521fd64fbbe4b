"""When a watch ends: all jobs in some states, or any job in one."""

import pytest

from prodcli.reports.exit_condition import ExitCondition
from prodcli.reports.status_lines import lines

DONE = lines([("t", "DST_A", "d", None, "finished", 6), ("t", "DST_B", "d", None, "finished", 1)])
MIXED = lines([("t", "DST_A", "d", None, "finished", 6), ("t", "DST_B", "d", None, "held", 2)])
ODD = lines([("t", "DST_A", "d", None, "finished", 6), ("t", "DST_A", "d", None, None, 1)])


@pytest.mark.parametrize(
    ("found", "states", "ends"),
    [
        (DONE, ("finished",), True),
        (MIXED, ("finished",), False),
        (MIXED, ("finished", "held"), True),
        (MIXED, ("finished", "held", "held"), True),
        (ODD, ("finished",), False),  # a row without a state is a job, too
        ([], ("finished",), False),  # jobs are yet to come
        (DONE, (), False),
    ],
)
def test_all_jobs_are_in_states(found: list[object], states: tuple[str, ...], ends: bool) -> None:
    assert ExitCondition(all_of=states).all_there(found) is ends  # type: ignore[arg-type]


def test_any_job_is_in_a_state() -> None:
    assert ExitCondition(any_of=("held", "failed")).some_there(MIXED) == 2
    assert ExitCondition(any_of=("failed",)).some_there(MIXED) == 0
    assert ExitCondition().some_there(MIXED) == 0
