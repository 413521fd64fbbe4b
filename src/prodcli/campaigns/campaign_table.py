"""Campaigns, and dsttypes without one, as tables.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.reports.status_table import count_columns, counts_of
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.campaigns.overview import Campaign
    from prodcli.campaigns.progress import Progress
    from prodcli.campaigns.unknown_dsttypes import UnknownDsttype

_NOBODY = "no campaign is registered: the first job of a tag does"
_MOST_LEVEL = 4


def campaign_table(found: Sequence[Progress]) -> Table:
    """Campaigns with what curators say of them, and how far their jobs are."""
    rows = [[*_said(one.campaign), *counts_of(one.total), *_later(one.campaign)] for one in found]
    columns = (
        *(Column("tag", style="bold"), Column("production_type", "type"), Column("active", level=1)),
        *(Column("priority", kind=Kind.NUMBER, level=2), Column("display_name", level=3, drop_empty=True)),
        *(replace(one, level=min(one.level + 1, _MOST_LEVEL)) for one in count_columns()),
        *(Column("started_at", "started", Kind.TIME, 4, drop_empty=True),),
        *(Column("expected_end", kind=Kind.TIME, level=3, drop_empty=True),),
        *(Column("registered_at", "registered", Kind.AGO, 4), Column("note", kind=Kind.DETAIL, drop_empty=True)),
    )
    return Table(columns, rows, marks={"yes": "green"}, note="" if rows else _NOBODY)


def _said(one: Campaign) -> list[Cell]:
    return [one.tag, one.production_type, "yes" if one.active else "no", one.priority, one.display_name]


def _later(one: Campaign) -> list[Cell]:
    return [one.started_at, one.expected_end, one.registered_at, one.note]


def unknown_table(found: Sequence[UnknownDsttype]) -> Table:
    """Dsttypes of jobs that have no production type."""
    rows: list[list[Cell]] = [[one.dsttype, one.jobs, one.tag, one.first_seen] for one in found]
    columns = (
        *(Column("dsttype", style="yellow"), Column("jobs", kind=Kind.COUNT)),
        *(Column("tag", "first tag", level=1), Column("first_seen", kind=Kind.AGO, level=1)),
    )
    hints = ("name them in site.production_types of prodcli.yaml -> prodcli db upgrade",) if found else ()
    return Table(columns, rows, note="" if found else "every dsttype has a production type", hints=hints)
