"""The first page: all campaigns.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import MISSED_BY_NOBODY, Row, page_table
from prodcli.reports.status_table import count_columns, counts_of
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.tables.screen import Screen

_NO_TYPE = "none"
_TO_THE_CAMPAIGN = frozenset({"name", "jobs", "done_percent"})


def index(found: Sequence[Progress], screen: Screen) -> Page:
    """The page of all campaigns, in the order of the overview: active ones first, then by priority.

    Those of several production types stand apart, and have no total: a tag may have campaigns of two types.
    """
    counted = count_columns()
    columns = [
        *(Column("name", "campaign"), Column("tag", drop_empty=True), Column("production_type", "type")),
        *(Column("active"), Column("priority", kind=Kind.NUMBER), Column("dataset"), *counted),
        *(Column("expected_end", kind=Kind.TIME, drop_empty=True), Column("note", kind=Kind.DETAIL, drop_empty=True)),
        Column("page", level=MISSED_BY_NOBODY),
    ]
    table = Table(columns, list(map(_row, found)), marks={"yes": "green"}, note="" if found else "no jobs in the books")
    states = {one.key for one in counted} - _TO_THE_CAMPAIGN

    def link(key: str, row: Row) -> str:
        page = str(row["page"])
        return links.sorted_rows(page, "steps", key) if key in states else page if key in _TO_THE_CAMPAIGN else ""

    shown = page_table(table, screen, "campaigns", link, "Jobs by campaign", "production_type")
    return Page(links.INDEX, "tables.html", "Campaigns", {"lines": [], "tables": [shown], "details": []})


def _row(found: Progress) -> list[Cell]:
    one, datasets = found.campaign, sorted({line.dataset for line in found.lines})
    return [
        *(one.name, one.tag if one.display_name else None, one.production_type or _NO_TYPE),
        *("yes" if one.active else "no", one.priority, ", ".join(datasets), *counts_of(found.total)),
        *(one.expected_end, one.note, links.campaign(one.tag, one.production_type)),
    ]
