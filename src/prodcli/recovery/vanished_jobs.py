"""Jobs of an action that have left the queue, maybe without a trace in the history of their schedd.

A removed cluster leaves no trace of jobs that it never materialized; and a parked job must be booked as parked,
whatever its schedd says of the removal.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from prodcli.batch import Batch
from prodcli.books.actions import Action, Target
from prodcli.db import Database, Transaction, chunks_of, records
from prodcli.db.queries import Records
from prodcli.errors import BatchError
from prodcli.states import Status, Substatus

log = logging.getLogger(__name__)
_ROWS = 5_000  # jobs per statement
_NEVER = 2**31  # above every proc


def not_materialized_from(batch: Batch, targets: Sequence[Target]) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """The next proc to materialize, by schedd and cluster; and why schedds failed."""
    found: dict[str, dict[str, int]] = {}
    failed: dict[str, str] = {}
    if not batch.capabilities.bit_by_bit:
        return found, failed
    for schedd in sorted({target.schedd for target in targets}):
        clusters = {target.cluster for target in targets if target.schedd == schedd}
        try:
            factories = batch.ours(schedd)[1]
        except BatchError as failure:
            failed[schedd] = str(failure)
            continue
        following = {str(one.cluster): one.following for one in factories if one.cluster in clusters}
        found |= {schedd: following} if following else {}
    return found, failed


def vanished(database: Database, batch: Batch, action: Action) -> list[Target] | None:
    """The jobs of an action that have left the queue, maybe without a trace for a harvest; None if a schedd is silent.

    Call it before a harvest, which then books the jobs that left a trace.
    """
    candidates = _kept(database, action) if action.verb.keeps else _never_materialized(action)
    gone: list[Target] = []
    for schedd, targets in candidates.items():
        try:
            living = batch.living(schedd)
        except BatchError as failure:
            log.info("%s", failure)
            return None
        gone += [target for target in targets if target.proc_id not in living]
    return gone


def book_vanished(database: Database, action: Action, gone: Sequence[Target]) -> None:
    """Book jobs that left the queue as parked or removed, unless a harvest has booked another state."""
    state = (Status.HELD, Substatus.PARKED) if action.verb.keeps else (Status.FAILED, Substatus.REMOVED)
    for chunk in chunks_of([_row(target, *state) for target in gone], _ROWS):
        database.write(partial(_book, records(chunk)))
    if action.verb.keeps:
        database.write(lambda tx: tx.run("unkeep_jobs", action=action.id))


def _kept(database: Database, action: Action) -> dict[str, list[Target]]:
    kept = database.read(lambda tx: set(tx.column("kept_by_action", action=action.id)))
    return {
        schedd: [target for target in targets if target.dbid in kept] for schedd, targets in action.by_schedd.items()
    }


def _never_materialized(action: Action) -> dict[str, list[Target]]:
    """The jobs that were not materialized yet when their clusters were removed."""
    by_schedd = action.by_schedd
    return {
        schedd: [
            target for target in by_schedd.get(schedd, []) if target.proc >= clusters.get(str(target.cluster), _NEVER)
        ]
        for schedd, clusters in action.parameters.get("following", {}).items()
    }


def _book(rows: Records, tx: Transaction) -> None:
    tx.run("lose_attempts", rows=rows)
    tx.run("lose_jobs", rows=rows)


def _row(target: Target, status: Status, substatus: Substatus) -> dict[str, object]:
    old = {"old_status": target.status, "old_substatus": Substatus.NONE, "old_entered": target.entered}
    new = {"status": status, "substatus": substatus, "entered": target.entered}
    return {"dbid": target.dbid, "attempt": target.attempt, **old, **new}
