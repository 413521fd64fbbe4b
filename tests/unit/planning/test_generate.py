"""Plans of generated jobs: planned and taken segments are all segments, at first and after a raise."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.books.claims import Booked, Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.exclusions.invalid_runs import Invalid
from prodcli.exclusions.noted import Exclusions
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import Level, Reason
from prodcli.rules.layout import Job, Layout
from prodcli.runs.selection import ALL_RUNS, RunSelection, parse_runs
from tests.support.generated_rules import load_generated


@dataclass
class Stubs:
    """A file catalog and books that know outputs by name, and no other catalog."""

    there: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()

    def produced(self, names: list[str]) -> set[str]:
        return self.there.intersection(names)

    def booked(self, names: list[str], _: str = "") -> dict[str, Booked]:
        return {name: Booked(name, 1, "failed") for name in self.rows.intersection(names)}


def planned(rule: Any, stubs: Stubs | None = None, runs: RunSelection = ALL_RUNS, **more: Any) -> Plan:
    """The plan of a rule."""
    taken = stubs or Stubs()
    return make_plan(PlanRequest(rule=rule, runs=runs, **more), cast("Catalogs", taken), cast("Books", taken))


def test_each_run_has_its_segments_newest_run_first() -> None:
    plan = planned(load_generated(3, [1, "10-11"]))
    assert [(job.run, job.segment) for job in plan.jobs] == [(run, seg) for run in (11, 10, 1) for seg in range(3)]
    assert plan.runs == 3
    assert all(job == Job(job.run, job.segment, 0, 3 * 1000) for job in plan.jobs)
    assert not plan.skipped


def test_runs_and_segments_that_are_asked_for() -> None:
    rule = load_generated(4, "1-9", job_outputs_per_job=10)
    plan = planned(rule, runs=parse_runs(["2,30"]), segments=parse_runs(["10-25"]))
    assert [(job.run, job.segment) for job in plan.jobs] == [(2, 1), (2, 2)]
    (unknown,) = plan.skipped
    assert (unknown.reason, unknown.runs) == (Reason.RUN_UNKNOWN, (30,))
    assert not planned(rule, runs=parse_runs(["10-20"])).skipped


def test_invalid_runs_and_segments_are_left_out() -> None:
    invalid = (Invalid((1, 1), None, "", 0, "wrong geometry"), Invalid((2, 2), (1, 2)), Invalid((2, 2), None, "DST_X"))
    plan = planned(load_generated(4, "1-2"), exclusions=Exclusions((), invalid))
    assert [(job.run, job.segment) for job in plan.jobs] == [(2, 0), (2, 3)]
    assert {(one.reason, one.level): one.details for one in plan.skipped} == {
        (Reason.INVALID, Level.RUN): {1: ["wrong geometry"]},
        (Reason.INVALID, Level.SEGMENT): {2: [1, 2]},
    }


NAMED = st.sets(st.integers(1, 40), min_size=1, max_size=4)


@given(st.integers(1, 20), NAMED, st.integers(1, 3), st.data())
def test_planned_and_taken_are_all_segments(jobs: int, runs: set[int], several: int, data: st.DataObject) -> None:
    rule = load_generated(jobs, sorted(runs), job_outputs_per_job=several)
    layout = Layout(rule)
    every = {(run, segment): layout.filenames(Job(run, segment, 0, 0)) for run in runs for segment in range(jobs)}
    assert len({name for names in every.values() for name in names}) == len(runs) * jobs * several
    fate = {job: data.draw(st.sampled_from(["open", "produced", "booked"])) for job in every}
    there = frozenset(data.draw(st.sampled_from(every[job])) for job in every if fate[job] == "produced")
    rows = frozenset(every[job][0] for job in every if fate[job] == "booked")
    plan = planned(rule, Stubs(there, rows))
    made = [(job.run, job.segment) for job in plan.jobs]
    assert len(made) == len(set(made))
    assert set(made) == {job for job in every if fate[job] == "open"}
    counts = {one.reason: one.count for one in plan.skipped}
    assert counts.get(Reason.PRODUCED, 0) + counts.get(Reason.BLOCKED, 0) + len(made) == len(every)


@given(st.integers(1, 30), st.integers(0, 30), NAMED, NAMED)
def test_a_raise_plans_what_is_missing(jobs: int, more: int, runs: set[int], others: set[int]) -> None:
    first = planned(load_generated(jobs, sorted(runs)))
    rows = frozenset(first.layout.filename(job) for job in first.jobs)
    second = planned(load_generated(jobs + more, sorted(runs | others)), Stubs(rows=rows))
    both = [(job.run, job.segment) for plan in (first, second) for job in plan.jobs]
    assert len(both) == len(set(both))
    assert set(both) == {(run, segment) for run in runs | others for segment in range(jobs + more)}


@dataclass
class Asked(Stubs):
    """Catalogs and books that count the names they are asked for at a time."""

    most: int = 0

    def produced(self, names: list[str]) -> set[str]:
        self.most = max(self.most, len(names))
        return super().produced(names)

    def booked(self, names: list[str], constraint: str = "") -> dict[str, Booked]:
        self.most = max(self.most, len(names))
        return super().booked(names, constraint)


@given(st.integers(1, 40), st.integers(1, 4), st.sets(st.integers(0, 170), max_size=20), st.data())
def test_names_are_made_of_some_jobs_at_a_time(jobs: int, several: int, taken: set[int], data: st.DataObject) -> None:
    rule = load_generated(jobs, "1-2", job_outputs_per_job=several)
    layout = Layout(rule)
    every = [name for run in (1, 2) for seg in range(jobs) for name in layout.filenames(Job(run, seg, 0, 0))]
    names = [every[number] for number in taken if number < len(every)]
    there = frozenset(data.draw(st.sets(st.sampled_from(names)))) if names else frozenset()
    whole = planned(rule, Stubs(there, frozenset(names)))
    asked = Asked(there, frozenset(names))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prodcli.planning.plan._OUTPUTS", 10)
        plan = planned(rule, asked)
    assert asked.most <= 10
    assert (plan.jobs, plan.skipped) == (whole.jobs, whole.skipped)
