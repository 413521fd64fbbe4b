"""The page of the last day: the digest that a shift hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import Row, page_table
from prodcli.shifts.digest import Digest
from prodcli.shifts.kept_digests import last_digest
from prodcli.shifts.span import Span

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages

_DAY, _SOON = 86_400, 2  # seconds; what ends in this second counts, too


def digest_page(books: BooksOfPages) -> Page:
    """The digest of a day, compared with the one that people made last; raises DatabaseError."""
    database, screen = books.database, books.screen
    now = screen.now + _SOON
    span, before = Span(now - _DAY, now), last_digest(database, books.tags)
    found = Digest(database, database, books.errors, span, now, books.tags, books.family, before)
    lines = [f"From {span.words(screen.zone)}.", *found.headline(screen.zone)]
    tables = [page_table(one.table, screen, one.key, _behind, one.heading) for one in found.sections()]
    return Page(links.DIGEST, "tables.html", "The last day", {"lines": lines, "tables": tables, "details": []})


def _behind(key: str, row: Row) -> str:
    """The page behind a cell: the campaigns of a tag, the failures of a signature."""
    if key == "tag":
        return links.found_rows(links.INDEX, "campaigns", row["tag"])
    if key in ("key", "failures") and "key" in row:
        return links.rows(links.FAILURE_LIST, "failures", key=row["key"])
    return links.TROUBLE if key in ("num_held", "num_parked", "held", "parked") else ""
