"""The memory of jobs as the books have it, read from the replica that serves reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.db import Database, Transaction
from prodcli.db.queries import ints_of
from prodcli.db.schema import require_current
from prodcli.holds import memory_codes
from prodcli.memory import Use

if TYPE_CHECKING:
    from prodcli.status import Filters

GROUPS = {"dsttype": "j.dsttype", "rule": "j.rulename", "tag": "j.tag"}


def memory_use(database: Database, filters: Filters, by: str) -> list[Use]:
    """What finished jobs used, and memory-held ones exceeded, in their current attempts; grouped by one of GROUPS.

    One statement, which counts jobs that are alike; raises DatabaseError for books that are not up to date.
    """
    codes = memory_codes()

    def work(tx: Transaction) -> list[Use]:
        rows = tx.rows(tx.named("memory_use").keyed(GROUPS[by]), codes=codes, **filters.values())
        return [
            Use(group, ints_of(ladder), asked, provisioned, used, bool(held), *counts)
            for group, ladder, asked, provisioned, used, held, *counts in rows
        ]

    require_current(database)
    return database.read(work)
