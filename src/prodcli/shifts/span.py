"""The time that a digest is about: a shift, or any other time.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise

from prodcli.config.shift_hours import ShiftHours
from prodcli.time_text import clock_time


@dataclass(frozen=True, slots=True)
class Span:
    """A time, in seconds since 1970; `shift` is the name of its shift, empty for any other time."""

    since: int
    until: int
    shift: str = ""

    def words(self, zone: tzinfo) -> str:
        """`day shift, 2026-11-29 08:00 EST to 2026-11-29 16:00 EST`."""
        name = f"{self.shift} shift, " if self.shift else ""
        return f"{name}{clock_time(self.since, zone)} to {clock_time(self.until, zone)}"


def shift_at_work(hours: Sequence[ShiftHours], now: int, zone: tzinfo) -> Span:
    """The shift that is at work, since it began; `hours` has at least one shift."""
    name, begins = [one for one in _begins(hours, now, zone) if one[1] <= now][-1]
    return Span(begins, now, name)


def shift_before(hours: Sequence[ShiftHours], now: int, zone: tzinfo) -> Span:
    """The shift that ended last."""
    pairs = pairwise(_begins(hours, now, zone))
    (name, begins), (_, ends) = [(one, following) for one, following in pairs if following[1] <= now][-1]
    return Span(begins, ends, name)


def _begins(hours: Sequence[ShiftHours], now: int, zone: tzinfo) -> Iterator[tuple[str, int]]:
    """Names and begins of the shifts of some days around now, by time; by the clock, so that days may have 23 hours."""
    today = datetime.fromtimestamp(now, zone).toordinal()
    for days in (-2, -1, 0, 1):
        for one in hours:
            hour, minute = divmod(one.begins, 60)
            clock = datetime.fromordinal(today + days).replace(hour=hour, minute=minute, tzinfo=zone)
            yield one.name, int(clock.timestamp())
