"""Services in the books: reading what is known of them, and writing their states."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from prodcli.services.states import Outage, ServiceState, Spell, disjoint, outages_of

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction

_TABLE = "production_service_states"
_AHEAD = 366 * 86_400  # seconds in which planned maintenance is shown
_LOOK_BACK = 30 * 86_400  # seconds in which a state that ended still says since when the present one is


@dataclass(frozen=True)
class Outages:
    """What the books know of outages."""

    books: Database

    def between(self, since: int, until: int) -> tuple[Outage, ...]:
        """The outages that touch a time, in seconds since 1970, the earliest first; none in books without services."""
        return outages_of(spells_between(self.books, since, until))

    def to_come(self, now: int, within: int) -> tuple[Outage, ...]:
        """The outages that begin after now, within some seconds: maintenance that is planned."""
        return tuple(one for one in self.between(now, now + within) if one.since > now)

    def planned(self, now: int) -> tuple[Outage, ...]:
        """The outages that begin after now."""
        return self.to_come(now, _AHEAD)


def spells_since(books: Database, since: int) -> tuple[int, list[Spell]]:
    """The time of the books, and what holds of services from a time until now, by time."""
    now = int(books.read(lambda tx: tx.value("database_clock")))
    return now, sorted(spells_between(books, since, now + 1), key=attrgetter("since", "service"))


def spells_between(books: Database, since: int, until: int) -> list[Spell]:
    """What holds of services between two times, by service and time; empty in books without services."""

    def work(tx: Transaction) -> list[Spell]:
        if tx.one("has_table", table_name=_TABLE) is None:
            return []
        return disjoint(tx.rows_as(Spell, "service_spells", since=since, until=until))

    return [one for one in books.read(work) if one.since < until and one.ends_after(since)]


def known_services(books: Database) -> list[str]:
    """The services of which anything is written."""

    def work(tx: Transaction) -> list[str]:
        return list(tx.column("known_services")) if tx.one("has_table", table_name=_TABLE) is not None else []

    return books.read(work)


def services_now(books: Database) -> tuple[int, list[Spell]]:
    """The time of the books, and what holds of each service now; a service of which only past outages are known is up."""
    now = int(books.read(lambda tx: tx.value("database_clock")))
    found: dict[str, Spell] = {}
    for one in spells_between(books, now - _LOOK_BACK, now + 1):
        up = Spell(service=one.service, state=ServiceState.UP, since=one.until or now)
        found[one.service] = one if one.covers(now) else up
    return now, [found[name] for name in sorted(found)]


def set_states(books: Database, spells: Sequence[Spell]) -> None:
    """Write states of services, each service once: an open one follows the one before, a window replaces what it covers."""

    def work(tx: Transaction) -> None:
        rows = [asdict(one) for one in spells]
        windows = [row for row in rows if row["until"] is not None]
        tx.run("replace_service_states", spells=rows)
        tx.run("shorten_service_states", spells=windows)
        tx.run("end_service_states", spells=[row for row in rows if row["until"] is None])
        tx.run("add_service_states", spells=rows)

    books.write(work)


def note_checked(books: Database, ids: Collection[int]) -> None:
    """Note that a program has found states unchanged."""
    books.write(lambda tx: tx.run("check_service_states", ids=sorted(ids)))
