"""The first page: all campaigns.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.reports.status_lines import Line, total
from prodcli.reports.status_table import count_columns, counts_of
from prodcli.tables.screen import Screen
from prodcli.tables.table import Cell, Column, Table


def index(lines: Sequence[Line], screen: Screen) -> Page:
    """The page of all campaigns, those with the most open jobs first."""
    campaigns = sorted((campaign_line(steps) for steps in by_campaign(lines).values()), key=_open_first)
    columns = [Column("tag", "campaign"), Column("dataset"), *count_columns()]
    rows: list[list[Cell]] = [[one.tag, one.dataset, *counts_of(one)] for one in campaigns]
    whole: list[Cell] = ["total", None, *counts_of(total(campaigns))]
    table = Table(columns, rows, total=whole, note="" if rows else "no jobs in the books")
    return Page(
        links.INDEX,
        "tables.html",
        "Campaigns",
        {"lines": [], "tables": [page_table(table, screen, "campaigns", _link, "Jobs by campaign")], "details": []},
    )


def by_campaign(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of the steps of each campaign, by tag."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.tag].append(line)
    return found


def campaign_line(steps: Sequence[Line]) -> Line:
    """The line of a campaign: the sum of its steps."""
    whole = total(steps)
    datasets = ", ".join(sorted({one.dataset for one in steps}))
    return Line(steps[0].tag, "", datasets, None, whole.counts, whole.unknown)


def _open_first(line: Line) -> tuple[int, str]:
    return line.counts["finished"] - line.jobs, line.tag


def _link(key: str, row: Row) -> str:
    page = links.campaign(str(row["tag"]))
    if key in ("tag", "jobs", "done_percent"):
        return page
    return "" if key == "dataset" else links.sorted_rows(page, "steps", key)
