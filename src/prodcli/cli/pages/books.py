"""The books as pages read them, for the verbs that make pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.db import Database
    from prodcli.pages.books_of_pages import BooksOfPages


def books_of(session: Session, tags: Sequence[str] | None, every: bool) -> BooksOfPages:
    """The books over the connections of the session; raises DatabaseError if a migration is due."""
    return _books(session, tags, every, session.catalog)


@contextmanager
def opened_books(session: Session, tags: Sequence[str] | None, every: bool) -> Iterator[BooksOfPages]:
    """The books over connections of their own, for another thread; raises DatabaseError if a migration is due."""
    with ExitStack() as connections:

        def opened(role: str) -> Database:
            return connections.enter_context(closing(session.another_catalog(role)))

        yield _books(session, tags, every, opened)


def _books(
    session: Session, tags: Sequence[str] | None, every: bool, database_of: Callable[[str], Database]
) -> BooksOfPages:
    """The books, of databases by their roles."""
    import time

    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.db.schema import require_current
    from prodcli.error_catalog.read_catalog import usable_catalog
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.reports.families import Families
    from prodcli.tables.screen import Screen

    database, filecatalog = database_of("production_read"), database_of("filecatalog")
    require_current(database)
    screen = Screen(int(time.time()), zone=session.zone)
    family, errors = Families(session.site).of_dsttype, usable_catalog(session.config)
    catalogs = Catalogs(database_of("daq"), database_of("raw"), filecatalog, database)
    return BooksOfPages(database, filecatalog, screen, session.site, errors, family, tags or (), every, catalogs)
