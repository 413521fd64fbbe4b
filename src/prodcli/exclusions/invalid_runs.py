"""Invalid runs: ranges of runs, or of their segments, whose jobs are not submitted.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.reasons import Level, Reason, Skips
from prodcli.runs.selection import within

if TYPE_CHECKING:
    from prodcli.catalogs.rows import Run
    from prodcli.rules.model import Rule

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Invalid:
    """An invalid range of runs (inclusive), or an invalid range of segments in each of them; for one dsttype or all."""

    runs: tuple[int, int]
    segments: tuple[int, int] | None = None
    dsttype: str = ""
    id: int = 0
    reason: str = ""


def without_invalid(rule: Rule, runs: Iterable[Run], invalid: Iterable[Invalid], skips: Skips) -> list[Run]:
    """The runs that are not invalid as a whole for the rule's dsttype."""
    runs = list(runs)
    why: dict[int, str] = {}
    numbers = sorted(run.number for run in runs)
    for one in invalid:
        if one.segments is None and _concerns(rule, one):
            why |= {run: one.reason for run in within(numbers, one.runs)}
    for run in runs:
        if run.number in why:
            skips.add(Reason.INVALID, Level.RUN, run.number, why[run.number])
    return [run for run in runs if run.number not in why]


def invalid_segments(rule: Rule, invalid: Iterable[Invalid], runs: Iterable[int]) -> Mapping[int, Spans]:
    """The ranges of segments of inputs in each run whose jobs would make an invalid output segment."""
    count, numbers = rule.outputs_per_job, sorted(runs)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in invalid:
        if one.segments is not None and _concerns(rule, one):
            for run in within(numbers, one.runs):
                found[run].append((one.segments[0] // count, one.segments[1] // count))
    return found


def covers(spans: Spans, number: int) -> bool:
    """True if one of the ranges contains the number."""
    return any(low <= number <= high for low, high in spans)


def _concerns(rule: Rule, one: Invalid) -> bool:
    return one.dsttype in ("", rule.params.dsttype)
