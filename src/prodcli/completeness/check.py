"""Check a production against the catalogs: which outputs should exist, which do, and how many events they have.

runs -> cuts of the rule -> units whose inputs exist -> outputs in the file catalog -> flags. The units of a rule that lists
its jobs, by a query of its own or without inputs, are these jobs. Long selections are checked
in parts of some hundred runs, each with the same few statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import RawHost, Run
from prodcli.completeness import input_events
from prodcli.completeness.catalog_reads import CatalogReads, lists_jobs, runs_with_outputs, segment0_events
from prodcli.completeness.catalog_rows import OutputRow
from prodcli.completeness.checked_units import RATIO, CheckedUnit, Expected, Produced, checked
from prodcli.completeness.file_checks import Compared, FileChecks
from prodcli.db import chunks_of
from prodcli.exclusions.invalid_runs import invalid_segments, without_invalid
from prodcli.exclusions.masks import mask_bits
from prodcli.exclusions.noted import NOTHING, Exclusions
from prodcli.planning.by_query import queried
from prodcli.planning.generate import generated
from prodcli.planning.match import MatchLimits, combine, downstream
from prodcli.planning.plan_request import PlanRequest
from prodcli.planning.run_cuts import select_runs
from prodcli.progress import Progress, silent
from prodcli.reasons import Skips
from prodcli.rules.layout import Job, Layout

if TYPE_CHECKING:
    from pathlib import Path

    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

Key = TypeVar("Key")
_RUNS = 250  # of a part


@dataclass(frozen=True)
class CheckedPart:
    """The units of some runs, and what is not eligible with the reason.

    `hosts` has the hosts of the raw catalog by run, for combining; `segments` the segments that have any input, by run.
    """

    units: Sequence[CheckedUnit]
    skips: Skips
    outputs: Sequence[OutputRow] = ()
    hosts: Sequence[RawHost] = ()
    segments: Mapping[int, Sequence[int]] | None = None
    compared: Compared | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of one rule over a selection of runs and segments (None: all); reads only.

    `files` also compares catalog, disk and books.
    """

    rule: Rule
    catalogs: Catalogs
    runs: RunSelection
    segments: RunSelection | None = None
    exclusions: Exclusions = NOTHING
    ratio: float = RATIO
    files: FileChecks | None = None
    templates: Path | None = None  # the site's own, for the SQL of rules
    progress: Progress = silent

    def parts(self) -> Iterator[CheckedPart]:
        """The checked units part by part, oldest runs first; runs without a part in `skips` of the first.

        Raises RuleError for a query of the rule's own that gives no jobs.
        """
        if lists_jobs(self.rule):
            yield from self._listed_parts()
            return
        skips = Skips()
        runs = select_runs(self.catalogs.runs(self.runs), self.runs, self.rule.input, skips)
        runs = sorted(without_invalid(self.rule, runs, self.exclusions.invalid, skips), key=lambda run: run.number)
        yield CheckedPart((), skips)
        with self.progress(f"checking {len(runs)} runs", len(runs)) as advance:
            for part in chunks_of(runs, _RUNS):
                yield self._part(part)
                advance(len(part))

    def _listed_parts(self) -> Iterator[CheckedPart]:
        """The parts of a rule whose jobs are listed: nobody says how many events their outputs are to have."""
        skips, of_run = Skips(), defaultdict(list)
        for job in self._listed_jobs(skips):
            of_run[job.run].append(job)
        yield CheckedPart((), skips)
        numbers = sorted({*of_run, *self._runs_with_outputs()})
        with self.progress(f"checking {len(numbers)} runs", len(numbers)) as advance:
            for part in chunks_of(numbers, _RUNS):
                yield self._listed(part, [job for run in part for job in of_run[run]])
                advance(len(part))

    def _listed_jobs(self, skips: Skips) -> Sequence[Job]:
        wanted = PlanRequest(
            rule=self.rule,
            runs=self.runs,
            segments=self.segments,
            exclusions=self.exclusions,
            templates=self.templates,
        )
        _, jobs = generated(wanted, skips) if self.rule.generated else queried(wanted, self.catalogs, skips)
        return jobs

    def _runs_with_outputs(self) -> set[int]:
        """The selected runs with outputs in the file catalog or jobs in the books, whether their jobs are listed or not."""
        rule, runs = self.rule, self.runs
        found = runs_with_outputs(self.catalogs.filecatalog, "runs_of_named_outputs", rule, runs)
        books = None if self.files is None else self.files.books
        return found if books is None else found | runs_with_outputs(books, "runs_of_named_jobs", rule, runs)

    def _listed(self, numbers: Sequence[int], jobs: Sequence[Job]) -> CheckedPart:
        """A unit for each job."""
        outputs = CatalogReads(self.catalogs.filecatalog).outputs(self.rule, numbers)
        produced, layout = _most_events((row, row.filename) for row in outputs), Layout(self.rule)
        units = []
        for job in sorted(jobs, key=_place):
            output = _together(produced, layout.filenames(job))
            first, dsttype = layout.first_output(job.segment), layout.booked_dsttype(job)
            units.append(checked(job.run, first, dsttype, Expected(None, False, 0), output, self.ratio))
        compared = None if self.files is None else self.files.compared(numbers, outputs, jobs)
        return CheckedPart(units, Skips(), outputs, compared=compared)

    def _part(self, runs: Sequence[Run]) -> CheckedPart:
        numbers = [run.number for run in runs]
        invalid = invalid_segments(self.rule, self.exclusions.invalid, numbers)
        chosen = None if self.segments is None else self.segments.divided(self.rule.outputs_per_job)
        limits = MatchLimits(chosen, mask_bits(self.rule, self.exclusions.masks, numbers), invalid)
        outputs = CatalogReads(self.catalogs.filecatalog).outputs(self.rule, numbers)
        make = self._combined if self.rule.combining else self._downstream
        part = make(runs, numbers, limits, outputs)
        return part if self.files is None else replace(part, compared=self.files.compared(numbers, outputs))

    def _combined(
        self, runs: Sequence[Run], numbers: Sequence[int], limits: MatchLimits, outputs: Sequence[OutputRow]
    ) -> CheckedPart:
        """A unit for each run and host: its outputs go on to the last event of the run, or of raw segment 0.

        Nothing is expected of segment 0 where the raw catalog does not tell its events.
        """
        skips, layout = Skips(), Layout(self.rule)
        hosts = self.catalogs.raw_hosts(self.rule, numbers)
        produced = _last_events(outputs)
        seg0_only = self.rule.input.combine_seg0_only
        seg0 = segment0_events(self.catalogs.raw, self.rule, numbers) if seg0_only else {}
        units = []
        for job in sorted(combine(self.rule, runs, hosts, skips, limits), key=_place):
            dsttype = layout.leafdir(job)
            events = seg0.get((job.run, job.host)) if seg0_only else job.eventsinrun
            expected = Expected(events, False, events or 0)
            units.append(checked(job.run, 0, dsttype, expected, produced.get((job.run, dsttype)), self.ratio))
        return CheckedPart(units, skips, outputs, hosts)

    def _downstream(
        self, runs: Sequence[Run], numbers: Sequence[int], limits: MatchLimits, outputs: Sequence[OutputRow]
    ) -> CheckedPart:
        """A unit for each run and segment that has every input it needs."""
        skips, rule = Skips(), self.rule
        groups = input_events.by_segment(CatalogReads(self.catalogs.filecatalog).input_groups(rule, numbers))
        of_raw = rule.dsttype.requirement(rule.input.physicsmode).of_raw
        raw = self.catalogs.raw_masks(rule, numbers) if of_raw else {}
        produced, layout = _events(outputs), Layout(rule)
        units = []
        for job in sorted(downstream(rule, runs, raw, input_events.segment_inputs(groups), skips, limits), key=_place):
            expected = input_events.expected_of(groups[job.run, job.segment], ~job.mask)
            first = layout.first_output(job.segment)
            output = _together(produced, [(job.run, first + number) for number in range(layout.outputs_per_job)])
            units.append(checked(job.run, first, rule.params.dsttype, expected, output, self.ratio))
        return CheckedPart(units, skips, outputs, segments=_segments(groups))


def _place(job: Job) -> tuple[int, int, str]:
    return job.run, job.segment, job.leaf


def _events(outputs: Iterable[OutputRow]) -> Mapping[tuple[int, int], Produced]:
    """The output of each run and segment; of several rows the one with the most events counts."""
    return _most_events((row, (row.run, row.segment)) for row in outputs)


def _most_events(rows: Iterable[tuple[OutputRow, Key]]) -> Mapping[Key, Produced]:
    produced: dict[Key, Produced] = {}
    for row, key in rows:
        produced[key] = _more(produced.get(key), row.events)
    return produced


def _together(produced: Mapping[Key, Produced], keys: Iterable[Key]) -> Produced | None:
    """The outputs of a job as one; None if none of them is there."""
    there = [produced[key].events for key in keys if key in produced]
    known = [events for events in there if events is not None]
    return Produced(sum(known) if len(known) == len(there) else None) if there else None


def _last_events(outputs: Iterable[OutputRow]) -> Mapping[tuple[int, str], Produced]:
    """How far the outputs of each run and host go: the largest last event, as segments overlap and have gaps."""
    produced: dict[tuple[int, str], Produced] = {}
    for row in outputs:
        produced[row.run, row.dsttype] = _more(produced.get((row.run, row.dsttype)), row.last_event)
    return produced


def _more(known: Produced | None, events: int | None) -> Produced:
    if known is None or known.events is None:
        return Produced(events)
    return known if events is None or events <= known.events else Produced(events)


def _segments(groups: input_events.Groups) -> Mapping[int, Sequence[int]]:
    segments: dict[int, list[int]] = defaultdict(list)
    for run, segment in groups:
        segments[run].append(segment)
    return segments
