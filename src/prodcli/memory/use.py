"""Read the memory of jobs from the replica of the books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prodcli.batch.hold_codes import memory_codes
from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.db.queries import ints_of
from prodcli.db.schema import require_current
from prodcli.memory.advice import Use
from prodcli.memory.requests import JobKind, Support, support

GROUPS = {"dsttype": "j.dsttype", "rule": "j.rulename", "tag": "j.tag"}
_KIND = "j.tag || ' ' || j.dsttype"
_INDEXED = 100  # letters of a tag that an index has


def memory_use(database: Database, filters: Filters, by: str) -> list[Use]:
    """The memory that finished jobs used, and that held jobs exceeded, in their current attempts, by one of GROUPS.

    One statement, in which the database counts jobs that are alike. Raises DatabaseError if a migration is due.
    """
    require_current(database)
    return _uses(database, GROUPS[by], filters, [])


def supported(database: Database, kinds: Iterable[JobKind]) -> dict[str, Support]:
    """The advised ladders from the peaks of finished jobs, for some kinds of jobs by name; in one statement."""
    wanted = [{"tag": kind.tag, "dsttype": kind.dsttype} for kind in sorted(set(kinds))]
    return support(_uses(database, _KIND, Filters(), wanted)) if wanted else {}


def _uses(database: Database, key: str, filters: Filters, kinds: list[dict[str, str]]) -> list[Use]:
    beginnings = sorted({kind["tag"][:_INDEXED] for kind in kinds})
    values = {**filters.values(), "all_kinds": int(not kinds), "kinds": kinds, "tag_beginnings": beginnings}

    def work(tx: Transaction) -> list[Use]:
        tx.prefer_lookups()
        return list(tx.rows_as(_use, tx.named("memory_use").keyed(key), codes=memory_codes(), **values))

    return database.read(work)


def _use(ladder: str | None, held: int, **rest: Any) -> Use:
    return Use(ladder=ints_of(ladder), held=bool(held), **rest)
