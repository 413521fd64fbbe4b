"""Jobs of several outputs: what is planned and what is there is everything, and no two jobs own one file."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from prodcli.books.claims import Booked, Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import Run, SegmentInputs
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.reasons import Level, Reason
from prodcli.rules.layout import Job, Layout
from prodcli.runs.selection import RunSelection, parse_segments
from tests.support.library_rules import load

RUN = 70000
ONE_RUN = RunSelection((), frozenset({RUN}))


@dataclass
class Stubs:
    """Catalogs and books of one run: its input segments, outputs in the catalog, and outputs with a row."""

    segments: tuple[int, ...]
    there: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()

    def runs(self, _: RunSelection) -> list[Run]:
        return [Run(RUN, "physics", 10**6, 3600.0)]

    def segment_inputs(self, *_: Any) -> list[SegmentInputs]:
        return [SegmentInputs(RUN, self.segments, 1, 1)]

    def produced(self, names: list[str]) -> set[str]:
        return self.there.intersection(names)

    def booked(self, names: list[str], _: str = "") -> dict[str, Booked]:
        return {name: Booked(name, 1, "failed") for name in self.rows.intersection(names)}


def planned(stubs: Stubs, several: int, segments: str = "", **more: str) -> Plan:
    """The plan of a rule with so many outputs for each job."""
    rule = load("seed", job_outputs_per_job=str(several), **more)
    wanted = PlanRequest(rule=rule, runs=ONE_RUN, segments=parse_segments([segments] if segments else []))
    return make_plan(wanted, cast("Catalogs", stubs), cast("Books", stubs))


SEGMENTS = st.sets(st.integers(0, 300), min_size=1, max_size=30)


@given(SEGMENTS, st.integers(1, 12), st.data())
def test_what_is_planned_and_what_is_there_is_everything(inputs: set[int], several: int, data: st.DataObject) -> None:
    layout = Layout(load("seed", job_outputs_per_job=str(several)))
    owned = {segment: layout.filenames(Job(RUN, segment, 1, 0)) for segment in inputs}
    every = [name for names in owned.values() for name in names]
    assert len(every) == len(set(every)) == several * len(inputs)
    there = frozenset(data.draw(st.sets(st.sampled_from(every))))
    rows = frozenset(data.draw(st.sets(st.sampled_from(every), max_size=5)))
    plan = planned(Stubs(tuple(sorted(inputs)), there, rows), several)
    makes = Counter(name for job in plan.jobs for name in layout.filenames(job))
    assert set(makes.values()) <= {1}
    assert not (there | rows).intersection(makes)
    left = {segment for segment, names in owned.items() if (there | rows).intersection(names)}
    assert {job.segment for job in plan.jobs} == inputs - left
    of_left = {name for segment in left for name in owned[segment]}
    assert set(makes) | of_left == set(every)
    counts = {one.reason: one.count for one in plan.skipped}
    produced = sum(bool(there.intersection(owned[segment])) for segment in inputs)
    assert counts == {
        reason: count
        for reason, count in ((Reason.PRODUCED, produced), (Reason.BLOCKED, len(left) - produced))
        if count
    }


@given(SEGMENTS, st.integers(1, 12), st.integers(0, 3700), st.integers(0, 40))
def test_a_job_is_chosen_by_any_of_its_outputs(inputs: set[int], several: int, low: int, length: int) -> None:
    plan = planned(Stubs(tuple(sorted(inputs))), several, f"{low}-{low + length}")
    chosen = set(range(low, low + length + 1))
    assert {job.segment for job in plan.jobs} == {
        one for one in inputs if chosen.intersection(range(one * several, (one + 1) * several))
    }


def test_a_cut_is_of_inputs_and_the_rest_of_the_outputs() -> None:
    plan = planned(Stubs((0, 1, 2, 3)), 10, input_cut_segment="2").limited(1)
    assert [job.segment for job in plan.jobs] == [0]
    told = {(one.reason, one.level): one.details[RUN] for one in plan.skipped}
    assert told == {(Reason.SEGMENT_CUT, Level.SEGMENT): [1, 3], (Reason.LIMIT, Level.OUTPUT): [20]}


def test_outputs_that_are_there_in_part_are_told() -> None:
    layout = Layout(load("seed", job_outputs_per_job="3"))
    names = layout.filenames(Job(RUN, 4, 1, 0))
    plan = planned(Stubs((4, 5), frozenset(names[1:])), 3)
    assert [one.details[RUN] for one in plan.skipped] == [["12 2 of 3 outputs"]]
    plan = planned(Stubs((4, 5), frozenset(names)), 3)
    assert [one.details[RUN] for one in plan.skipped] == [[12]]


def test_segments_that_the_books_cannot_keep_are_left_out() -> None:
    plan = planned(Stubs((214_748_363, 214_748_364)), 10)
    assert [job.segment for job in plan.jobs] == [214_748_363]
    assert [(one.reason, one.details[RUN]) for one in plan.skipped] == [
        (Reason.BAD_CATALOG_ROW, ["2147483640 has a segment that is too large"])
    ]
