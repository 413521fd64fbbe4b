"""The page of quality results: each result of a product against its limit, and the results outside of their limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.quality.quality_table import alarms_table, results_table
from prodcli.quality.results import QualityQuestion, alarms, results

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.tables.table import Table

_LISTED = 5_000  # results outside of their limits, those of the newest jobs


def quality_page(books: BooksOfPages) -> Page:
    """The page of quality; raises DatabaseError if the books cannot be read."""
    question = QualityQuestion(Filters(books.tags or None), (), books.site.quality)
    every = results(books.database, question)
    found = results_table(every, by_run=False)
    wrong = _of_all(alarms_table(alarms(books.database, question, _LISTED)), every.alarms)
    tables = [
        page_table(found, books.screen, "results", _alarms_of, "Results that jobs reported"),
        page_table(wrong, books.screen, "alarms", caption="Results outside of their limits"),
    ]
    return Page(links.QUALITY, "tables.html", "Quality", {"lines": [], "tables": tables, "details": []})


def _of_all(table: Table, total: int) -> Table:
    """The table of alarms, which says if it has not all of them."""
    listed = len(table.rows)
    return replace(table, note=f"those of the newest jobs, {listed} of {total}") if total > listed else table


def _alarms_of(key: str, row: Row) -> str:
    if key != "alarms":
        return ""
    return links.rows(links.QUALITY, "alarms", **{name: row[name] for name in ("tag", "dsttype", "dataset", "name")})
