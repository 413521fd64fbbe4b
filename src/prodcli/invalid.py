"""Invalid runs: ranges of runs, or of their segments, of which nothing is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.reasons import Level, Reason, Skips

if TYPE_CHECKING:
    from prodcli.rule import Rule
    from prodcli.runs import Run

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Invalid:
    """A range of runs (inclusive), or a range of segments in each of them, that is invalid; for one dsttype or all."""

    runs: tuple[int, int]
    segments: tuple[int, int] | None = None
    dsttype: str = ""
    id: int = 0
    reason: str = ""


def without_invalid(rule: Rule, runs: Iterable[Run], invalid: Iterable[Invalid], skips: Skips) -> list[Run]:
    """The runs that are not invalid as a whole for what the rule makes."""
    whole = [one for one in invalid if one.segments is None and _concerns(rule, one)]
    kept = []
    for run in runs:
        marked = next((one for one in whole if one.runs[0] <= run.number <= one.runs[1]), None)
        if marked is None:
            kept.append(run)
        else:
            skips.add(Reason.INVALID, Level.RUN, run.number, marked.reason)
    return kept


def invalid_segments(rule: Rule, invalid: Iterable[Invalid], runs: Iterable[int]) -> Mapping[int, Spans]:
    """The ranges of invalid segments of each run that has some."""
    parts = [(one.runs, one.segments) for one in invalid if one.segments is not None and _concerns(rule, one)]
    if not parts:
        return {}
    found = {run: [span for (low, high), span in parts if low <= run <= high] for run in runs}
    return {run: spans for run, spans in found.items() if spans}


def covers(spans: Spans, number: int) -> bool:
    """True if one of the ranges has the number."""
    return any(low <= number <= high for low, high in spans)


def _concerns(rule: Rule, one: Invalid) -> bool:
    return one.dsttype in ("", rule.params.dsttype)
