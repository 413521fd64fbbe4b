"""The expiry of a note in the books, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.db import Database


@dataclass(frozen=True, slots=True)
class Until:
    """The expiry of a note: at a time (seconds since 1970), or after some seconds from now; both None: never."""

    at: int | None = None
    within: int | None = None


def expiry(database: Database, until: Until, option: str = "--until") -> int | None:
    """The expiry of a note in seconds since 1970, by the database's clock; raises UsageError for a past time."""
    if until.at is None and until.within is None:
        return None
    now = int(database.read(lambda tx: tx.value("database_clock")))
    expires = until.at if until.at is not None else now + (until.within or 0)
    if expires <= now:
        raise UsageError("this time has passed", where=option, todo="give a later time, like 7d")
    return expires
