"""The shifts of a site: their names, and the time of day at which each begins; one ends where the next begins.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHIFT = re.compile(r"(\S{1,40}) +([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class ShiftHours:
    """A shift; `begins` in minutes after midnight, by the clock of the site."""

    name: str
    begins: int


def shift_hours(said: object) -> tuple[ShiftHours, ...]:
    """The shifts of `[day 08:00, night 20:00]`, by time of day; raises ValueError for what is no such list."""
    found = sorted((_shift(one) for one in _listed(said)), key=lambda one: one.begins)
    if len({one.begins for one in found}) < len(found):
        raise ValueError("shifts: two begin at the same time")
    return tuple(found)


def _listed(said: object) -> list[object]:
    if not isinstance(said, list):
        raise ValueError("shifts: a list of names with times is wanted, like [day 08:00, night 20:00]")  # noqa: TRY004
    return said


def _shift(said: object) -> ShiftHours:
    fits = _SHIFT.fullmatch(str(said))
    if fits is None:
        raise ValueError(f"shifts: {said!r:.60} is no name with a time of day, like 'day 08:00'")
    return ShiftHours(fits[1], 60 * int(fits[2]) + int(fits[3]))
