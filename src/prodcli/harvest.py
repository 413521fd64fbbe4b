"""Harvest: learn from the batch system what became of jobs, and bring the books up to date in bulk.

Idempotent: a report that the books have already, or that comes late, changes nothing.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prodcli.batch import Batch, JobEvent
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import BatchError
from prodcli.faults import reached
from prodcli.progress import Progress, silent
from prodcli.states import State, Status, Substatus, advances

log = logging.getLogger(__name__)
_ROWS = 5_000  # events per statement


@dataclass
class Harvest:
    """What a pass learned: moves by new state, jobs that are missing for the first time, lost ones, schedds that were silent."""

    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: int = 0
    lost: int = 0
    strangers: int = 0
    silent: dict[str, str] = field(default_factory=dict)  # schedd: why


@dataclass(frozen=True, slots=True)
class BookedAttempt:
    """An attempt as the books have it."""

    dbid: int
    attempt: int
    state: State
    schedd: str | None
    cluster: int | None
    proc: int | None


@dataclass(frozen=True, slots=True)
class LiveAttempt:
    """A current attempt that the books think is alive; `first_missed` if an earlier pass did not find it."""

    event_id: tuple[int, int]
    dbid: int
    attempt: int
    state: State
    first_missed: int | None


def harvest(database: Database, batch: Batch, lost_grace: int, progress: Progress = silent) -> Harvest:
    """Bring the books up to date with every schedd that answers.

    A job is lost when its schedd has answered twice, `lost_grace` seconds apart, without knowing it.
    """
    result = Harvest()
    for schedd in batch.schedds():
        try:
            with progress(f"asking {schedd}"):
                _changes(database, batch, schedd, result, progress)
                _sweep(database, batch, schedd, lost_grace, result)
        except BatchError as failure:
            log.info("%s", failure)
            result.silent[schedd] = str(failure)
    return result


def _changes(database: Database, batch: Batch, schedd: str, result: Harvest, progress: Progress) -> None:
    """Book what changed since the last pass; the cursor moves only after all of it is booked."""
    row = database.read(lambda tx: tx.one("harvest_cursor", schedd=schedd))
    events, cursor = batch.changes(schedd, row[0] if row else "")
    reached("harvest.read")
    with progress(f"booking {len(events)} reports of {schedd}"):
        for chunk in chunks_of(events, _ROWS):
            book_events(database, schedd, chunk, result)
            reached("harvest.booked")
    database.write(lambda tx: tx.run("save_cursor", schedd=schedd, cursor=cursor))
    reached("harvest.cursor")


def book_events(database: Database, schedd: str, events: Sequence[JobEvent], result: Harvest) -> None:
    """Book reports of one schedd in one transaction; a concurrent pass that was quicker is not overwritten."""

    def work(tx: Transaction) -> Counter[tuple[str, str]]:
        attempts = _booked(tx, {event.dbid for event in events})
        moves, strangers = _moves(attempts, schedd, events)
        result.strangers += strangers
        if moves:
            tx.run("harvest_attempts", rows=moves)
            tx.run("harvest_jobs", rows=moves)
        return Counter((str(move["status"]), str(move["substatus"])) for move in moves)

    result.moves += database.write(work)


def _booked(tx: Transaction, dbids: Iterable[int]) -> dict[tuple[int, int], BookedAttempt]:
    rows = tx.rows("booked_attempts", ids=sorted(dbids))
    return {
        (dbid, attempt): BookedAttempt(
            dbid, attempt, State(Status(status), Substatus(substatus), entered or 0), schedd, cluster, proc
        )
        for dbid, attempt, status, substatus, entered, schedd, cluster, proc in rows
    }


def _moves(
    attempts: dict[tuple[int, int], BookedAttempt], schedd: str, events: Sequence[JobEvent]
) -> tuple[list[dict[str, object]], int]:
    """The last legal move of each attempt, from what is booked; and how many reports belong to no attempt of ours."""
    moves: dict[tuple[int, int], dict[str, object]] = {}
    now: dict[tuple[int, int], State] = {}
    strangers = 0
    for event in events:
        key = (event.dbid, event.attempt)
        booked = attempts.get(key)
        if booked is None or (booked.schedd, booked.cluster, booked.proc) != (schedd, event.cluster, event.proc):
            strangers += 1
        elif advances(now.get(key, booked.state), event.state):
            now[key] = event.state
            moves[key] = _move(booked.state, event)
    return [moves[key] for key in sorted(moves)], strangers


def _move(old: State, event: JobEvent) -> dict[str, object]:
    new = event.state
    ended = new.status in (Status.FINISHED, Status.FAILED)
    return {
        "dbid": event.dbid,
        "attempt": event.attempt,
        "old_status": old.status,
        "old_substatus": old.substatus,
        "old_entered": old.since,
        "status": new.status,
        "substatus": new.substatus,
        "entered": new.since,
        "node": event.node,
        "started": event.started,
        "finished": (event.finished or new.since) if ended else None,
        "exit_code": event.exit_code if ended else None,
        "user_cpu": event.user_cpu,
        "sys_cpu": event.sys_cpu,
        "memory_used": event.memory_used,
        "memory_provisioned": event.memory_provisioned,
        "memory_asked": event.memory_asked,
        "disk_used": event.disk_used,
        "num_starts": event.num_starts,
        "hold_reason": event.hold_reason,
        "hold_code": event.hold_code,
        "hold_subcode": event.hold_subcode,
    }


def _sweep(database: Database, batch: Batch, schedd: str, lost_grace: int, result: Harvest) -> None:
    """Look for jobs that the books think alive and the schedd does not know: history first, then missing, then lost."""
    live = database.read(lambda tx: _live(tx, schedd))
    if not live:
        return
    queue = batch.living(schedd)
    absent = {one.event_id: one for one in live if one.event_id not in queue}
    if not absent:
        database.write(lambda tx: tx.run("clear_missing", schedd=schedd))
        return
    ended = [
        event
        for event in batch.history(schedd, {cluster for cluster, _ in absent})
        if (event.cluster, event.proc) in absent
    ]
    for chunk in chunks_of(ended, _ROWS):
        book_events(database, schedd, chunk, result)
    for event in ended:
        absent.pop((event.cluster, event.proc), None)
    clock = database.read(lambda tx: tx.one("database_clock"))
    now = clock[0] if clock else 0
    lost = [one for one in absent.values() if one.first_missed is not None and now - one.first_missed >= lost_grace]
    missing = [one for one in absent.values() if one not in lost]
    _book_missing(database, schedd, missing, lost)
    result.missing += len(missing)
    result.lost += len(lost)


def _live(tx: Transaction, schedd: str) -> list[LiveAttempt]:
    return [
        LiveAttempt((cluster, proc), dbid, attempt, State(Status(status), Substatus(sub), entered or 0), missed)
        for dbid, attempt, cluster, proc, status, sub, entered, missed in tx.rows("live_attempts", schedd=schedd)
    ]


def _book_missing(database: Database, schedd: str, missing: Sequence[LiveAttempt], lost: Sequence[LiveAttempt]) -> None:
    """Remember who is missing since when, and give up those that stay away."""
    rows: list[dict[str, object]] = [
        {"dbid": one.dbid, "attempt": one.attempt, "first_missed": one.first_missed} for one in missing
    ]
    moves = [
        {
            "dbid": one.dbid,
            "attempt": one.attempt,
            "old_status": one.state.status,
            "old_substatus": one.state.substatus,
            "old_entered": one.state.since,
            "status": Status.FAILED,
            "substatus": Substatus.LOST,
            "entered": one.state.since,
        }
        for one in lost
    ]

    def work(tx: Transaction) -> None:
        tx.run("clear_missing", schedd=schedd)
        for chunk in chunks_of(rows, _ROWS):
            tx.run("note_missing", rows=chunk)
        for gone in chunks_of(moves, _ROWS):
            tx.run("lose_attempts", rows=gone)
            tx.run("lose_jobs", rows=gone)

    database.write(work)
