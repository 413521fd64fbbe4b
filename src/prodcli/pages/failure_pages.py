"""The pages of failures: by signature, and the list of failures behind each number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prodcli.books.filters import Filters
from prodcli.diagnosis.diagnose import ListedFailure, diagnose, listed_failures
from prodcli.diagnosis.diagnosis_tables import signature_table, standing_out_table
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.tables.arrange import arranged
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.diagnosis.diagnose import Diagnosis
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.tables.screen import Screen

_LISTED = 5_000  # failures, the newest ones
_SIGNATURES = ("key", "failures", "share_percent", "error", "fault", "action", "nodes", "helped", "last")
_MORE = ("key", "state", "code", "first", "text", "stands_out", "outages", "advice")
_LIST = (
    *(
        Column("entered", "since", Kind.TIME),
        Column("key"),
        Column("error"),
        Column("state"),
        Column("tag"),
        Column("dataset"),
    ),
    *(Column("dsttype"), Column("run"), Column("segment"), Column("node"), Column("dbid"), Column("attempt")),
    Column("helped", "retry"),
)


def failure_pages(books: BooksOfPages) -> Iterator[Page]:
    """The failures of the last days by signature, and their list; raises DatabaseError if the books cannot be read."""
    question = FailureQuestion(Filters(books.tags or None, since=books.lately))
    found = diagnose(books.database, question, books.errors)
    yield signature_page(found, books.screen)
    yield list_page(listed_failures(books.database, question, _LISTED), found.failures, books.screen)


def signature_page(found: Diagnosis, screen: Screen) -> Page:
    """The page of signatures; their texts, and what stands out, are hidden until asked for."""
    table = signature_table(found, people=False)
    caption = f"Failures of {links.LATELY} by signature"
    shown = page_table(arranged(table, columns=_SIGNATURES), screen, "signatures", _list_of, caption, "fault")
    details = [
        ("Texts, outages and advice", page_table(arranged(table, columns=_MORE), screen, "texts", _list_of)),
        ("What stands out", page_table(standing_out_table(found), screen, "standing-out", _list_of)),
    ]
    lines = [] if found.lines else [f"Nothing failed in {links.LATELY}."]
    return Page(links.FAILURES, "tables.html", "Failures", {"lines": lines, "tables": [shown], "details": details})


def list_page(found: Sequence[ListedFailure], total: int, screen: Screen) -> Page:
    """The page of the newest failures, of so many in all."""
    rows: list[list[Cell]] = [
        [
            *(one.entered, one.key, one.error, one.state, one.tag, one.dataset, one.dsttype, one.run, one.segment),
            *(one.node, one.dbid, one.attempt, "helped" if one.won else "did not help" if one.retried else ""),
        ]
        for one in found
    ]
    note = f"the newest {len(found)} of {total} failures" if total > len(found) else ""
    table = page_table(Table(_LIST, rows, note=note), screen, "failures", caption=f"Each failure of {links.LATELY}")
    trail = [links.Link("Failures", links.FAILURES)]
    return Page(
        links.FAILURE_LIST, "tables.html", "List of failures", {"lines": [], "tables": [table], "details": []}, trail
    )


def _list_of(key: str, row: Row) -> str:
    """The failures with the signature of a row; what helped is counted over more days than are listed."""
    return links.rows(links.FAILURE_LIST, "failures", key=row["key"]) if key in ("key", "failures", "nodes") else ""
