"""The pages of the site, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodcli.pages.index import index

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.page import Page


def pages_of(books: BooksOfPages) -> Iterator[Page]:
    """All pages; raises DatabaseError if the books cannot be read."""
    steps = books.steps()
    yield index(steps, books.screen)
