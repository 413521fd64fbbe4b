"""Where a cursor belongs by a plan."""

import pytest

from prodcli.cursors.places import LEFT, Place, first_left, last_submitted, passed_over
from prodcli.names import MOST_RUN
from prodcli.planning.plan import Plan
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job, Layout
from prodcli.runs.selection import RunSelection
from tests.support.library_rules import load

AT = 69600


def plan(
    jobs: tuple[int, ...] = (), skipped: dict[Reason, tuple[int, ...]] | None = None, last: int = MOST_RUN
) -> Plan:
    """A plan with jobs of runs, and runs that are left out."""
    skips = Skips()
    for reason, runs in (skipped or {}).items():
        for run in runs:
            skips.add(reason, Level.OUTPUT, run)
    selection = RunSelection(((AT, last),), frozenset())
    return Plan(Layout(load("cluster")), selection, 0, tuple(Job(run, 0, 1, 1) for run in jobs), skips)


def test_a_cursor_goes_to_the_first_run_with_jobs() -> None:
    assert first_left(plan((69700, 69650), {Reason.PRODUCED: (69610,)}), AT) == Place(69650, "it has jobs")


@pytest.mark.parametrize("reason", sorted(LEFT))
def test_what_may_still_become_an_output_stops_it(reason: Reason) -> None:
    found = first_left(plan((69700,), {Reason.PRODUCED: (69610, 69800), reason: (69650, 69660)}), AT)
    assert found == Place(69650, f"{reason}: 2 outputs")


@pytest.mark.parametrize("reason", sorted({*Reason} - LEFT))
def test_nothing_else_stops_it(reason: Reason) -> None:
    found = first_left(plan((69700,), {Reason.PRODUCED: (69610, 69800), reason: (69650,)}), AT)
    assert found.run == 69700


def test_without_work_left_it_stands_behind_the_last_output() -> None:
    """Runs behind that may only be without inputs yet."""
    done = plan((), {Reason.PRODUCED: (69610, 69650), Reason.FEW_HOSTS_PRODUCED: (69620,), Reason.NO_INPUTS: (69660,)})
    assert first_left(done, AT) == Place(69651, "nothing is left before it")
    assert first_left(plan(), AT) == Place(AT, "nothing is left before it")


def test_runs_that_are_not_fresh_are_passed_without_outputs() -> None:
    done = plan((), {Reason.PRODUCED: (69610,), Reason.NO_INPUTS: (69660,)})
    assert first_left(done, AT, fresh=69655).run == 69655
    assert first_left(done, AT, fresh=69605).run == 69611
    assert first_left(done, AT, fresh=60000).run == 69611


def test_it_stays_within_the_selected_runs() -> None:
    done = plan((), {Reason.RUNTYPE: (69610,)}, last=69620)
    assert first_left(done, AT, fresh=70000).run == 69621


def test_it_goes_back_to_what_the_books_have() -> None:
    back = Place(69500, "it has jobs in the queues")
    assert first_left(plan((69650,)), AT, (Place(69640, "x"), back)) == back
    assert first_left(plan((69650,)), AT, (Place(69651, "x"),)).run == 69650


def test_the_last_submitted_run_is_none_beyond_a_limit() -> None:
    assert last_submitted(plan()) is None
    assert last_submitted(plan((69700, 69650))) == 69700
    assert last_submitted(plan((69700, 69650), {Reason.LIMIT: (69650,)})) == 69650
    assert last_submitted(plan((), {Reason.LIMIT: (69650,)})) is None


def test_runs_that_are_left_behind_without_outputs_are_told() -> None:
    skipped = {
        Reason.FEW_HOSTS_RAW: (69612, 69640, 69641, 69642, 69700),
        Reason.NO_INPUTS: (69650,),
        Reason.PRODUCED: (69610,),
        Reason.TOO_SHORT: (69611,),
    }
    words = passed_over(plan((), skipped), 69660)
    assert words == ["no_inputs: 69650", "few_hosts_raw: 69612, 69640, 69641 and 1 more"]
    assert passed_over(plan((), skipped), AT) == []
