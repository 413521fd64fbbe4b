"""The tables of services: how they are, how they were, what was imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.services.imports import Imported
    from prodcli.services.states import Outage, Spell

MARKS: Mapping[str, str] = MappingProxyType(
    {"up": "green", "degraded": "yellow", "down": "bold red", "maintenance": "cyan"}
)
_TIMES = (
    Column("service"),
    Column("state"),
    Column("since", kind=Kind.AGO),
    Column("until", kind=Kind.AGO, level=1, drop_empty=True),
    Column("seconds", "lasts", Kind.DURATION, level=2),
)


def service_table(
    site: Site, found: Sequence[Spell], planned: Sequence[Outage], now: int, names: Sequence[str] = ()
) -> Table:
    """How services are and what is planned for them; services of the site of which nothing is said have no state."""
    known = {one.service for one in found}
    rows: list[list[Cell]] = [
        [*_cells(one, now), _needed_by(site, one.service), one.author, one.checked] for one in found
    ]
    rows += [[*_cells(one, now), _needed_by(site, one.service), "", None] for one in planned]
    rows += [
        [name, "", None, None, None, "", _needed_by(site, name), "", None]
        for name in site.services
        if name not in known
    ]
    chosen = sorted((row for row in rows if not names or row[0] in names), key=lambda row: str(row[0]))
    columns = (
        *_TIMES,
        Column("reason", kind=Kind.DETAIL, drop_empty=True),
        Column("needed_by", level=1, drop_empty=True),
        Column("author", level=3, drop_empty=True),
        Column("checked", kind=Kind.AGO, level=2, drop_empty=True),
    )
    note = "" if chosen else "nothing is known of services: prodcli services set database up"
    return Table(columns, chosen, marks=MARKS, note=note)


def history_table(found: Sequence[Spell], now: int) -> Table:
    """Every state of services, by time."""
    rows: list[list[Cell]] = [[*_cells(one, now), one.author] for one in found]
    columns = (
        *_TIMES,
        Column("reason", kind=Kind.DETAIL, drop_empty=True),
        Column("author", level=2, drop_empty=True),
    )
    return Table(columns, rows, marks=MARKS, note="" if rows else "nothing is known of services in this time")


def import_table(found: Sequence[Imported]) -> Table:
    """What was reported of services, and what became of it."""
    rows: list[list[Cell]] = [
        [one.reported.service, one.reported.state, one.reported.since, one.reported.until, one.done, one.reported.note]
        for one in found
    ]
    columns = (
        *(Column("service"), Column("state"), Column("since", kind=Kind.AGO, level=1, drop_empty=True)),
        Column("until", kind=Kind.AGO, level=1, drop_empty=True),
        *(Column("books"), Column("reason", kind=Kind.DETAIL, drop_empty=True)),
    )
    return Table(columns, rows, marks=MARKS, note="" if rows else "nothing is reported")


def _cells(one: Spell | Outage, now: int) -> list[Cell]:
    end = now if one.until is None or one.since <= now < one.until else one.until
    return [one.service, one.state, one.since, one.until, max(0, end - one.since), one.note]


def _needed_by(site: Site, name: str) -> str:
    terms = site.services.get(name)
    return ", ".join(sorted(terms.needed_by)) if terms else ""
