"""Rows of daq.run as runs: each run once, with its impossible values.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

_MOST_EVENTS = 2**31 - 1  # the books keep events in 4 bytes
_DAY = 86_400
_LONGEST = 366 * _DAY  # seconds; nobody takes a run for a year


@dataclass(frozen=True, slots=True)
class Run:
    """A run of daq.run; `seconds` is None before its end, `odd` describes values that cannot be right."""

    number: int
    runtype: str
    events: int
    seconds: float | None
    odd: str = ""


class RunRow(NamedTuple):
    """A row of daq.run as it stands; `odd` is a time that is none."""

    number: Any
    runtype: Any
    events: Any
    seconds: float | None
    odd: str | None


def runs_of(rows: Iterable[RunRow]) -> list[Run]:
    """The runs of rows with number, runtype, events, seconds, and a time that is no time.

    Of several rows of a run the best.
    """
    runs: dict[int, Run] = {}
    for number, runtype, events, seconds, odd in rows:
        if whole(number) is None:
            continue  # SQLite has what was written, and between two whole numbers there are others
        run = _run(int(number), runtype, events, seconds, odd)
        other = runs.setdefault(run.number, run)
        if other is not run:
            runs[run.number] = max(other, run, key=_worth)
    return list(runs.values())


def whole(value: Any) -> int | None:
    """A whole number, in any form that a database returns; None for any other value."""
    if type(value) is int:
        return value
    try:
        number = int(value)
        return number if isinstance(value, str) or number == value else None
    except (TypeError, ValueError, OverflowError):
        return None


def _run(number: int, runtype: object, events: object, seconds: float | None, odd: str | None) -> Run:
    count = 0 if events is None else whole(events)
    fits = count is not None and count <= _MOST_EVENTS
    if odd is None and seconds is not None:
        if not fits:
            odd = f"eventsinrun {events!s:.40}"
        elif abs(seconds) > _LONGEST:
            odd = f"ertimestamp {seconds / _DAY:.0f} days after brtimestamp"
    kind = "" if runtype is None else str(runtype)
    return Run(number, kind, count if fits and count else 0, None if odd else seconds, odd or "")


def _worth(run: Run) -> tuple[bool, bool, int, float]:
    return not run.odd, run.seconds is not None, run.events, run.seconds or 0.0


@dataclass(frozen=True, slots=True)
class RawHost:
    """The raw files of one host in one run: rows, rows on disk, rows of segment 0 on disk."""

    run: int
    host: str
    segments: int
    on_disk: int
    seg0_on_disk: int

    def takes_part(self, seg0_only: bool) -> bool:
        """True if all segments of the host (or with `seg0_only` segment 0) are on disk."""
        return self.seg0_on_disk > 0 if seg0_only else self.on_disk == self.segments


@dataclass(frozen=True, slots=True)
class SegmentInputs:
    """Segments of a run with the same inputs: inputs in the file catalog, and inputs on disk, as bit masks."""

    run: int
    segments: tuple[int, ...]
    present: int
    on_disk: int
