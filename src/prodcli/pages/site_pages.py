"""The pages of the site, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodcli.pages.digest_page import digest_page
from prodcli.pages.failure_pages import failure_pages
from prodcli.pages.index import index
from prodcli.pages.node_page import node_page
from prodcli.pages.quality_page import quality_page
from prodcli.pages.service_page import service_page
from prodcli.pages.trouble_page import trouble_page

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.page import Page


def pages_of(books: BooksOfPages) -> Iterator[Page]:
    """All pages; raises DatabaseError if the books cannot be read."""
    steps = books.steps()
    yield index(steps, books.screen)
    yield trouble_page(books)
    yield from failure_pages(books)
    yield node_page(books)
    yield service_page(books)
    yield quality_page(books)
    yield digest_page(books)
