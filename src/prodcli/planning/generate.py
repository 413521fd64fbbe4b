"""Generated jobs: each run of a rule without inputs has the segments from 0 to its number of jobs.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prodcli.catalogs.rows import Run
from prodcli.exclusions.invalid_runs import Spans, covers, invalid_segments, without_invalid
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job

if TYPE_CHECKING:
    from prodcli.planning.plan_request import PlanRequest
    from prodcli.rules.model import Rule


def generated(wanted: PlanRequest, skips: Skips) -> tuple[int, list[Job]]:
    """The number of selected runs of the rule, and their jobs: newest run first, then by segment."""
    rule, invalid = wanted.rule, wanted.exclusions.invalid
    own = [run for run in runs_of_rule(rule) if run in wanted.runs]
    for number in sorted(wanted.runs.named.difference(own)):
        skips.add(Reason.RUN_UNKNOWN, Level.RUN, number)
    kept = without_invalid(rule, [generated_run(rule, number) for number in own], invalid, skips)
    spans = invalid_segments(rule, invalid, [run.number for run in kept])
    segments = tuple(range(rule.input.generate.jobs if rule.input.generate is not None else 0))  # shared by all runs
    chosen = [segment for segment in segments if wanted.input_segments is None or segment in wanted.input_segments]
    jobs = [
        Job(run.number, segment, 0, run.events)
        for run in kept
        for segment in _segments(rule, run.number, chosen, spans.get(run.number, ()), skips)
    ]
    return len(kept), jobs


def runs_of_rule(rule: Rule) -> Iterator[int]:
    """The production numbers of a rule, newest first."""
    own = rule.generated_runs
    for low, high in reversed(own.spans if own is not None else ()):
        yield from range(high, low - 1, -1)


def generated_run(rule: Rule, number: int) -> Run:
    """A production number as a run, with the events of all its jobs."""
    return Run(number, rule.input.physicsmode, rule.generated_events, None)


def _segments(rule: Rule, run: int, chosen: Sequence[int], invalid: Spans, skips: Skips) -> Iterator[int]:
    for segment in chosen:
        if invalid and covers(invalid, segment):
            skips.add(Reason.INVALID, Level.SEGMENT, run, segment)
        elif segment % rule.input.cut_segment:
            skips.add(Reason.SEGMENT_CUT, Level.SEGMENT, run, segment)
        else:
            yield segment
