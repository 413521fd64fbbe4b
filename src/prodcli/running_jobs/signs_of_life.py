"""Signs of life of running jobs: CPU, events and outputs, as the batch system tells; a job that shows none is stalled.

The books keep each sign with the time at which it was last seen to change. A job whose CPU, events or outputs stay as they
are for longer than its rule allows gets the substatus `stalled`, and loses this substatus with its next sign.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from prodcli.batch import JobEvent
from prodcli.db import Database, Transaction, chunks_of, records
from prodcli.states import Queue

log = logging.getLogger(__name__)
QUIET_CPU, QUIET_EVENTS, QUIET_OUTPUT = 10_800, 10_800, 43_200  # seconds; of jobs whose claim does not say
_BUSY = 0.01  # of the time; a job that uses less CPU than this uses none
_ROWS = 5_000  # jobs per statement


def note_signs(database: Database, schedd: str, events: Iterable[JobEvent]) -> int:
    """Keep the signs of the running jobs of a swept schedd, and mark stalled jobs; returns how many are newly stalled.

    Raises DatabaseError if the books cannot be written.
    """
    running = {
        (event.dbid, event.attempt): _sign(event) for event in events if event.queue is Queue.RUNNING and event.since
    }
    for chunk in chunks_of([running[key] for key in sorted(running)], _ROWS):
        database.write(partial(_keep, chunk))
    stalled = database.write(lambda tx: _mark(tx, schedd))
    if stalled:
        log.info("harvest: %d running jobs of %s show no sign of life", stalled, schedd)
    return stalled


def _keep(rows: Sequence[Mapping[str, object]], tx: Transaction) -> int:
    return tx.run("keep_signs", rows=records(rows), busy=_BUSY)


def _mark(tx: Transaction, schedd: str) -> int:
    tx.run("judge_signs", schedd=schedd, cpu=QUIET_CPU, events=QUIET_EVENTS, output=QUIET_OUTPUT)
    tx.run("unmark_stalled", schedd=schedd)
    tx.run("forget_signs")
    return tx.run("mark_stalled", schedd=schedd)


def _sign(event: JobEvent) -> dict[str, int | float | None]:
    known = [seconds for seconds in (event.user_cpu, event.sys_cpu) if seconds is not None]
    return {
        "dbid": event.dbid,
        "attempt": event.attempt,
        "entered": event.since,
        "cpu": sum(known) if known else None,
        "events": event.events_done,
        "events_total": event.events_total,
        "output": event.output_changed,
    }
