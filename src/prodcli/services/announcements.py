"""Announcements: what people want everybody to see on every view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction


class Announcement(NamedTuple):
    """A text with its author; times are in seconds since 1970, `until` None: until somebody removes it."""

    id: int
    text: str
    author: str
    made: int
    until: int | None


def standing(books: Database) -> list[Announcement]:
    """The announcements that stand now. Raises DatabaseError where the books have no table of them."""
    return books.read(standing_in)


def standing_in(tx: Transaction) -> list[Announcement]:
    """The announcements that stand now, in an open transaction."""
    return list(tx.rows_as(Announcement, "standing_announcements"))


def announce(books: Database, text: str, author: str, until: int | None) -> None:
    """Announce a text until a time, or until somebody removes it."""
    books.write(lambda tx: tx.run("add_announcement", text=text, author=author, until=until))


def end(books: Database, ids: Sequence[int]) -> int:
    """Let announcements stand no longer; returns how many stood."""
    return books.write(lambda tx: tx.run("end_announcements", ids=list(ids)))
