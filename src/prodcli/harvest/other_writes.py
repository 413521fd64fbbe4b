"""Rows of production_jobs that other tools overwrote: a late report of an old worker, the cluster of another tool.

The current attempt has the state of the batch system; the row is made equal to it. Old workers update production_jobs
by `id` alone, whatever attempt they belong to.
"""

import logging
from collections.abc import Collection, Sequence
from functools import partial
from typing import NamedTuple

from prodcli.db import Database, Transaction, chunks_of

log = logging.getLogger(__name__)
_LATE = 6 * 3600  # seconds after its end that a job's row is looked at; later no worker reports any more
_ROWS = 5_000  # rows per statement


class _Differing(NamedTuple):
    """A row that does not say what its attempt says: 1 where it differs in the state, or in the place in a queue."""

    dbid: int
    differs: int
    moved: int


def mend_rows(database: Database, schedd: str, queued: Collection[int], clock: int) -> int:
    """Make rows of a schedd equal to their attempts; returns the number of rows that differed.

    Checked are rows that are live by their own state, rows of attempts that ended lately, and `queued` rows: jobs in
    the queue whose rows are not live. `clock` is the database's, in seconds since 1970.
    """
    found = database.read(partial(_differing, schedd, queued, clock - _LATE))
    states = [row.dbid for row in found if row.differs]
    clusters = [row.dbid for row in found if row.moved]
    _mend(database, "mend_states", states)
    _mend(database, "mend_clusters", clusters)
    if found:
        log.warning(
            "%d rows of %s differed from their current attempts, as other tools wrote over them; they were mended: dbid %s",
            len(found),
            schedd,
            _some([row.dbid for row in found]),
        )
    return len(found)


def _differing(schedd: str, queued: Collection[int], since: int, tx: Transaction) -> list[_Differing]:
    """The rows that differ from their attempts."""
    recent = set(tx.column("recent_rows", schedd=schedd, since=since))
    chunks = chunks_of(sorted(recent.union(queued)), _ROWS)
    return [row for ids in chunks for row in tx.rows_as(_Differing, "differing_rows", schedd=schedd, ids=ids)]


def _mend(database: Database, query: str, dbids: Sequence[int]) -> None:
    for chunk in chunks_of(sorted(dbids), _ROWS):
        database.write(partial(_run, query, chunk))


def _run(query: str, ids: Sequence[int], tx: Transaction) -> int:
    return tx.run(query, ids=ids)


def _some(dbids: Collection[int]) -> str:
    first = sorted(dbids)[:10]
    return " ".join(map(str, first)) + (" ..." if len(dbids) > len(first) else "")
