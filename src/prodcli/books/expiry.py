"""When a note in the books ends, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.db import Database


@dataclass(frozen=True, slots=True)
class Until:
    """When a note shall end: at a time (seconds since 1970), or so many seconds from now; both None: never."""

    at: int | None = None
    within: int | None = None


def expiry(database: Database, until: Until, option: str = "--until") -> int | None:
    """When a note ends, in seconds since 1970 by the database's clock; raises UsageError for a time that has passed."""
    if until.at is None and until.within is None:
        return None
    clock = database.read(lambda tx: tx.one("database_clock"))
    now = int(clock[0]) if clock else 0
    expires = until.at if until.at is not None else now + (until.within or 0)
    if expires <= now:
        raise UsageError("this time has passed", where=option, todo="like 7d, or a day to come")
    return expires
