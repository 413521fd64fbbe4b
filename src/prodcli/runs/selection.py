"""The selection of runs and segments that people type: ranges, lists, run list files.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.errors import UsageError
from prodcli.names import MOST_RUN

_MOST_DIGITS = 8  # of run numbers in file names
_MOST_SHOWN = 30  # ranges and runs of a selection that a message spells out
_PART = re.compile(r"([0-9]+)(?:[-:]([0-9]+))?")
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class RunSelection:
    """Runs as inclusive ranges, and as single runs that somebody named one by one."""

    ranges: tuple[tuple[int, int], ...]
    named: frozenset[int]

    def __contains__(self, run: int) -> bool:
        return run in self.named or any(low <= run <= high for low, high in self.ranges)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Ranges and named runs alike, as inclusive ranges; neighbours are joined."""
        spans: list[tuple[int, int]] = []
        for low, high in sorted([*self.ranges, *((run, run) for run in self.named)]):
            if spans and low <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
            else:
                spans.append((low, high))
        return spans

    @property
    def only(self) -> int | None:
        """The run of a selection of one run, else None."""
        spans = self.spans
        return spans[0][0] if len(spans) == 1 and spans[0][0] == spans[0][1] else None

    def without(self, other: RunSelection) -> RunSelection:
        """This selection less the runs of another."""
        ranges = []
        for low, high in self.ranges:
            for first, last in other.spans:
                if low <= last and first <= high:
                    ranges.append((low, first - 1))
                    low = last + 1
            ranges.append((low, high))
        kept = frozenset(run for run in self.named if run not in other)
        return RunSelection(tuple(span for span in ranges if span[0] <= span[1]), kept)

    def divided(self, by: int) -> RunSelection:
        """The numbers of this selection divided by another, rounded down."""
        if by == 1:
            return self
        return RunSelection(tuple((low // by, high // by) for low, high in self.spans), frozenset())

    def together(self, other: RunSelection) -> RunSelection:
        """The runs of both selections."""
        return RunSelection(self.ranges + other.ranges, self.named | other.named)

    def __str__(self) -> str:
        """Ranges and runs with commas between; of a long list its length and ends."""
        spans = self.spans
        if len(spans) > _MOST_SHOWN:
            count = sum(high - low + 1 for low, high in spans)
            return f"{count} from {spans[0][0]} to {spans[-1][1]}"
        return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in spans) or "none"


ALL_RUNS = RunSelection(((0, MOST_RUN),), frozenset())


def parse_runs(tokens: Sequence[str]) -> RunSelection:
    """Read runs as people type them.

    Two bare numbers are an inclusive range, one number is one run, three or more are a list; `69600-72000` or `69600:72000` is a
    range, and `69600,69605` is always a list. Raises UsageError for any other word, a reversed range, or no word.
    """
    parts = [part for token in tokens for part in token.split(",") if part.strip()]
    if not parts:
        raise UsageError("no runs are named", where="--runs", todo="like --runs 69600 72000 or 69600,69605")
    if len(tokens) == 2 and all(_NUMBER.fullmatch(token.strip()) for token in tokens):
        return RunSelection((_range(*parts),), frozenset())
    ranges, named = [], set()
    for part in parts:
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise UsageError(
                f"{part!r:.60} is not a run number or a range", where="--runs", todo="like 69600 or 69600-72000"
            )
        if found[2] is None:
            named.add(_number(found[1]))
        else:
            ranges.append(_range(found[1], found[2]))
    return RunSelection(tuple(ranges), frozenset(named))


def parse_runlist(text: str, where: str) -> RunSelection:
    """Read a run list file: numbers and ranges, separated by blanks, commas or lines; `#` starts a comment.

    Raises UsageError if the file has no run, or a word that is none.
    """
    words = [word for line in text.splitlines() for word in line.partition("#")[0].replace(",", " ").split()]
    if not words:
        raise UsageError("the run list is empty", where=where)
    try:
        return parse_runs([",".join(words)])
    except UsageError as err:
        raise UsageError(err.what, where=where, todo=err.todo) from None


def parse_segments(tokens: Sequence[str]) -> RunSelection | None:
    """Read segments by the same grammar as runs; None means all. Raises UsageError for a word that is no segment."""
    if not tokens:
        return None
    try:
        return parse_runs(tokens)
    except UsageError as err:
        raise UsageError(err.what.replace("run number", "segment"), where="--segments", todo="like 0 or 0-99") from None


def within(numbers: Sequence[int], span: tuple[int, int]) -> Sequence[int]:
    """The numbers of a sorted list that lie in an inclusive range."""
    return numbers[bisect_left(numbers, span[0]) : bisect_right(numbers, span[1])]


def _number(text: str) -> int:
    digits = text.lstrip("0")
    if len(digits) > _MOST_DIGITS:
        raise UsageError(f"{text:.60} is too large for a run number", where="--runs")
    return int(digits or 0)


def _range(low: str, high: str) -> tuple[int, int]:
    first, last = _number(low.strip()), _number(high.strip())
    if first > last:
        raise UsageError(f"the range {first}-{last} is reversed", where="--runs", todo=f"write {last}-{first}")
    return first, last
