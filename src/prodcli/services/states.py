"""The states of services over time: what is written of them as spells that do not overlap, and outages.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from prodcli.time_text import clock_time


class ServiceState(StrEnum):
    """How a service is."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Spell:
    """A service in a state from a time until another; `until` None: still. Times are in seconds since 1970.

    `checked` is when a program last found the state unchanged.
    """

    service: str
    state: str
    since: int
    until: int | None = None
    note: str = ""
    author: str = ""
    checked: int | None = None
    id: int = 0

    def ends_after(self, time: int) -> bool:
        """True if the spell lasts longer than until a time."""
        return self.until is None or self.until > time

    def covers(self, time: int) -> bool:
        """True if the service is in the state at a time."""
        return self.since <= time and self.ends_after(time)


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a service was degraded, down or in maintenance; `until` None: it lasts."""

    service: str
    state: str
    since: int
    until: int | None
    note: str = ""

    def covers(self, time: int) -> bool:
        """True if a time lies in the outage."""
        return self.since <= time and (self.until is None or time < self.until)


def disjoint(spells: Iterable[Spell]) -> list[Spell]:
    """What holds of spells that overlap, by service and time: at each time the spell that began last, then that written last."""
    found: list[Spell] = []
    for _, of_service in groupby(sorted(spells, key=attrgetter("service", "since", "id")), attrgetter("service")):
        painted: list[Spell] = []
        for one in of_service:
            _paint(painted, one)
        found += _joined(painted)
    return found


def outages_of(spells: Iterable[Spell]) -> tuple[Outage, ...]:
    """The spells in which a service was not up, the earliest first."""
    found = (one for one in disjoint(spells) if one.state != ServiceState.UP)
    return tuple(
        sorted(
            (Outage(one.service, one.state, one.since, one.until, one.note) for one in found),
            key=attrgetter("since", "service"),
        )
    )


def in_words(one: Spell | Outage, now: int) -> str:
    """`database is down since 2026-11-29 14:02 UTC (disk failure)`."""
    over = one.until is not None and one.until <= now
    verb = "was" if over else "is" if one.since <= now else "will be"
    state = f"in {one.state}" if one.state == ServiceState.MAINTENANCE else one.state
    begins = f"{'since' if verb == 'is' else 'from'} {clock_time(one.since)}"
    ends = f" until {clock_time(one.until)}" if one.until is not None else ""
    return f"{one.service} {verb} {state} {begins}{ends}{f' ({one.note})' if one.note else ''}"


def _paint(painted: list[Spell], one: Spell) -> None:
    """Put a spell over spells of its service, none of which was said to begin later."""
    over: list[Spell] = []
    while painted and painted[-1].ends_after(one.since):
        over.append(painted.pop())
    painted += [replace(old, until=one.since) for old in reversed(over) if old.since < one.since]
    painted.append(one)
    if one.until is not None:
        end = one.until
        painted += [replace(old, since=max(old.since, end)) for old in reversed(over) if old.ends_after(end)]


def _joined(spells: Iterable[Spell]) -> Iterator[Spell]:
    """Spells of one state that follow each other without a gap as one, with the last note."""
    before: Spell | None = None
    for one in spells:
        if before is not None and (before.state, before.until) == (one.state, one.since):
            before = replace(one, since=before.since, note=one.note or before.note)
            continue
        if before is not None:
            yield before
        before = one
    if before is not None:
        yield before
