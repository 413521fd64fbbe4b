"""Read the outcomes of jobs on each node from the replica of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.nodes.statistics import JobOutcome, JobOutcomes, NodeLine, node_lines

if TYPE_CHECKING:
    from prodcli.books.filters import Filters


def node_table(database: Database, filters: Filters) -> list[NodeLine]:
    """A line per node of the jobs that left it since `filters.since` (None: ever), the worst first; in one statement.

    Raises DatabaseError if a migration is due.
    """

    def work(tx: Transaction) -> list[JobOutcomes]:
        return list(tx.rows_as(_outcomes, "node_outcomes", **filters.values() | {"since": filters.since or 0}))

    require_current(database)
    return node_lines(database.read(work))


def _outcomes(outcome: str, **rest: Any) -> JobOutcomes:
    return JobOutcomes(outcome=JobOutcome(outcome), **rest)
