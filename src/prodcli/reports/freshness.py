"""How fresh the books are: when they were read, and when each schedd was harvested last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from prodcli.time_text import in_one_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.db import Database, Transaction

_BEHIND = 3600  # seconds by which a schedd may be behind the newest harvest before it is named
_OLD = 3600  # seconds
_FORGOTTEN = 7 * 86400  # schedds that are behind by more are no longer in use


class Harvested(NamedTuple):
    """When a schedd was harvested last, in seconds since 1970."""

    schedd: str
    harvested: int


@dataclass(frozen=True)
class Freshness:
    """When the books were read, by their server's clock, and the last harvests; in seconds since 1970."""

    now: int
    harvests: Sequence[Harvested] = ()

    @property
    def age(self) -> int | None:
        """Seconds since the newest harvest; None without one."""
        return max(0, self.now - max(one.harvested for one in self.harvests)) if self.harvests else None

    @property
    def is_old(self) -> bool:
        """True if no schedd was harvested within an hour, though some were before."""
        return self.age is not None and self.age > _OLD

    def words(self, zone: tzinfo = UTC) -> str:
        """`as of 02:00:56 UTC, harvested 3 min ago`, with the schedds that are far behind."""
        clock = f"as of {datetime.fromtimestamp(self.now, zone):%H:%M:%S %Z}"
        if self.age is None:
            return f"{clock}, never harvested"
        newest = self.now - self.age
        late = [one for one in self.harvests if _BEHIND < newest - one.harvested < _FORGOTTEN]
        behind = [f"{one.schedd} {in_one_unit(self.now - one.harvested)} ago" for one in late]
        return ", ".join([clock, f"harvested {in_one_unit(self.age)} ago", *behind])


def freshness(database: Database) -> Freshness:
    """How fresh the books are; books of other tools know no harvest. Raises DatabaseError if they cannot be read."""

    def work(tx: Transaction) -> Freshness:
        known = tx.one("has_harvests") is not None
        harvests = list(tx.rows_as(Harvested, "last_harvests")) if known else []
        return Freshness(int(tx.value("clock_of_books")), harvests)

    return database.read(work)
