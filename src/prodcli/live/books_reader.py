"""Reads the books again and again: after a failure over another connection, so that a server may restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prodcli.db.schema import require_current
from prodcli.errors import DatabaseError
from prodcli.live.snapshot import read_snapshot

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.live.place import Place
    from prodcli.live.snapshot import Snapshot


class BooksReader:
    """Reads places over one connection, which belongs to the thread that reads."""

    def __init__(self, open_books: Callable[[], Database]) -> None:
        self._open = open_books
        self._books: Database | None = None

    def read(self, place: Place) -> Snapshot:
        """What a place shows now; raises DatabaseError if the books cannot be read, or a migration is due."""
        if self._books is None:
            books = self._open()
            require_current(books)
            self._books = books
        try:
            return read_snapshot(self._books, place)
        except DatabaseError:
            self._books = None
            raise
