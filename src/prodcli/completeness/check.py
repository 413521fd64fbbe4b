"""Check a production against the catalogs: which outputs should exist, which do, and how many events they have.

runs -> cuts of the rule -> units whose inputs exist -> outputs in the file catalog -> flags. Long selections are checked
in parts of some hundred runs, each with the same few statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import RawHost, Run
from prodcli.completeness import input_events
from prodcli.completeness.catalog_reads import CatalogReads, segment0_events
from prodcli.completeness.catalog_rows import OutputRow
from prodcli.completeness.checked_units import RATIO, CheckedUnit, Expected, Produced, checked
from prodcli.completeness.file_checks import Compared, FileChecks
from prodcli.db import chunks_of
from prodcli.errors import RuleError
from prodcli.exclusions.invalid_runs import invalid_segments, without_invalid
from prodcli.exclusions.masks import mask_bits
from prodcli.exclusions.noted import NOTHING, Exclusions
from prodcli.planning.match import MatchLimits, combine, downstream
from prodcli.planning.run_cuts import select_runs
from prodcli.progress import Progress, silent
from prodcli.reasons import Skips
from prodcli.rules.layout import Job, Layout

if TYPE_CHECKING:
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

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
    progress: Progress = silent

    def parts(self) -> Iterator[CheckedPart]:
        """The checked units part by part, oldest runs first; runs without a part in `skips` of the first.

        Raises RuleError for a rule with a query of its own, whose units nobody knows from the runs alone.
        """
        if self.rule.by_query or not (self.rule.combining or self.rule.tagged):
            raise RuleError(
                "a rule without inputs in the file catalog, or with a query of its own, cannot be checked",
                where=f"{self.rule.file}: rule {self.rule.name}",
            )
        skips = Skips()
        runs = select_runs(self.catalogs.runs(self.runs), self.runs, self.rule.input, skips)
        runs = sorted(without_invalid(self.rule, runs, self.exclusions.invalid, skips), key=lambda run: run.number)
        yield CheckedPart((), skips)
        with self.progress(f"checking {len(runs)} runs", len(runs)) as advance:
            for part in chunks_of(runs, _RUNS):
                yield self._part(part)
                advance(len(part))

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
            output = _together(produced, job.run, range(first, first + layout.outputs_per_job))
            units.append(checked(job.run, first, rule.params.dsttype, expected, output, self.ratio))
        return CheckedPart(units, skips, outputs, segments=_segments(groups))


def _place(job: Job) -> tuple[int, int, str]:
    return job.run, job.segment, job.leaf


def _events(outputs: Iterable[OutputRow]) -> Mapping[tuple[int, int], Produced]:
    """The output of each run and segment; of several rows the one with the most events counts."""
    produced: dict[tuple[int, int], Produced] = {}
    for row in outputs:
        produced[row.run, row.segment] = _more(produced.get((row.run, row.segment)), row.events)
    return produced


def _together(produced: Mapping[tuple[int, int], Produced], run: int, segments: range) -> Produced | None:
    """The outputs of a job as one; None if none of them is there."""
    there = [produced[run, segment].events for segment in segments if (run, segment) in produced]
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
