"""Announcements: what people want everybody to see on every view."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from prodcli.errors import DatabaseError, UsageError, one_line
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction


log = logging.getLogger(__name__)
_MOST = 500  # letters


class Announcement(NamedTuple):
    """A text with its author; times are in seconds since 1970, `until` None: until somebody removes it."""

    id: int
    text: str
    author: str
    made: int
    until: int | None


def announcement_of(text: str) -> str:
    """A text in one line; raises UsageError for an empty or too long one."""
    line = one_line(text)
    if not line or len(line) > _MOST:
        raise UsageError(f"announce one line of at most {_MOST} letters", where="announce")
    return line


def standing(books: Database) -> list[Announcement]:
    """The announcements that stand now. Raises DatabaseError where the books have no table of them."""
    return books.read(standing_in)


def standing_in(tx: Transaction) -> list[Announcement]:
    """The announcements that stand now, in an open transaction."""
    return list(tx.rows_as(Announcement, "standing_announcements"))


def lines_of(books: Database, zone: tzinfo = UTC) -> list[str]:
    """The announcements that stand now, a line each for views; none where the books have no table that may be read."""
    try:
        found = standing(books)
    except DatabaseError as failure:
        log.debug("announcements: %s", failure)
        return []
    return [in_a_line(one, zone) for one in found]


def in_a_line(one: Announcement, zone: tzinfo = UTC) -> str:
    """`no submissions tonight (anna, until 2026-11-30 06:00 UTC)`."""
    ends = f", until {clock_time(one.until, zone)}" if one.until is not None else ""
    return one_line(f"{one.text} ({one.author}{ends})")


def announce(books: Database, text: str, author: str, until: int | None) -> None:
    """Announce a text until a time, or until somebody removes it."""
    books.write(lambda tx: tx.run("add_announcement", text=text, author=author, until=until))


def end(books: Database, ids: Sequence[int]) -> int:
    """Let announcements stand no longer; returns how many stood."""
    return books.write(lambda tx: tx.run("end_announcements", ids=list(ids)))
