"""Write the reports of a batch system into the books: the newest allowed state of each attempt, in one transaction."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from prodcli.batch import JobEvent
from prodcli.db import Database, Transaction, records
from prodcli.states import Queue, State, Status, Substatus, advances

log = logging.getLogger(__name__)
_SKEW = 600  # seconds; a booked time so far ahead of the schedd's clock is from before that was put right


@dataclass(frozen=True, slots=True)
class Booking:
    """The result of booking reports: changes by new status and substatus, and the number of reports of unknown attempts."""

    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    strangers: int = 0

    def __add__(self, other: Self) -> Self:
        return replace(self, moves=self.moves + other.moves, strangers=self.strangers + other.strangers)


@dataclass(frozen=True, slots=True)
class BookedAttempt:
    """An attempt as in the books."""

    dbid: int
    attempt: int
    state: State
    schedd: str | None
    cluster: int | None
    proc: int | None
    kept: bool = False  # its description is kept, as it is to be parked


def book_events(database: Database, schedd: str, events: Sequence[JobEvent], clock: int = 0) -> Booking:
    """Write the reports of one schedd in one transaction; changes of a concurrent pass are not overwritten.

    `clock` is the time of the schedd at its report, in seconds since 1970; 0 if unknown.
    """

    def work(tx: Transaction) -> tuple[list[dict[str, object]], int]:
        attempts = _booked(tx, {event.dbid for event in events})
        moves, strangers = _moves(attempts, schedd, events, clock)
        if moves:
            rows = records(moves)
            tx.run("harvest_attempts", rows=rows)
            tx.run("harvest_jobs", rows=rows)
            note_due(tx, moves)
        return moves, strangers

    moves, strangers = database.write(work)
    _tell_odd(schedd, events, moves)
    return Booking(Counter((str(move["status"]), str(move["substatus"])) for move in moves), strangers)


def note_due(tx: Transaction, moves: Sequence[dict[str, object]]) -> None:
    """Note what the books still have to learn of attempts that ended: a report, a registered output."""
    ended = [move for move in moves if move["status"] in (Status.FAILED, Status.FINISHED)]
    if ended:
        tx.run("note_due", rows=records(ended))


def _tell_odd(schedd: str, events: Sequence[JobEvent], moves: Sequence[dict[str, object]]) -> None:
    """Warn of numbers that the books cannot hold, once for each change.

    A report without a change comes again and again.
    """
    moved = {(move["dbid"], move["attempt"]) for move in moves}
    odd = {(event.dbid, event.attempt): event for event in events if event.odd}
    for key, event in odd.items():
        if key in moved:
            numbers = ", ".join(event.odd)
            job = f"job {event.cluster}.{event.proc}@{schedd} (dbid {event.dbid})"
            log.warning("%s: %s: the books cannot hold this number, and take it for unknown", job, numbers)


def _booked(tx: Transaction, dbids: Iterable[int]) -> dict[tuple[int, int], BookedAttempt]:
    attempts = tx.rows_as(_booked_attempt, "booked_attempts", ids=sorted(dbids))
    return {(one.dbid, one.attempt): one for one in attempts}


def _booked_attempt(
    dbid: int,
    attempt: int,
    status: str,
    substatus: str,
    entered: int | None,
    schedd: str | None,
    cluster: int | None,
    proc: int | None,
    kept: int,
) -> BookedAttempt:
    return BookedAttempt(dbid, attempt, booked_state(status, substatus, entered), schedd, cluster, proc, bool(kept))


def booked_state(status: str, substatus: str, entered: int | None) -> State:
    return State(Status(status), Substatus(substatus), entered or 0)


def _moves(
    attempts: dict[tuple[int, int], BookedAttempt], schedd: str, events: Sequence[JobEvent], clock: int
) -> tuple[list[dict[str, object]], int]:
    """The last allowed state of each attempt, from the state in the books.

    And the number of reports of unknown attempts.
    """
    moves: dict[tuple[int, int], dict[str, object]] = {}
    now: dict[tuple[int, int], State] = {}
    strangers = 0
    for event in events:
        key = (event.dbid, event.attempt)
        booked = attempts.get(key)
        if booked is None or (booked.schedd, booked.cluster, booked.proc) != (schedd, event.cluster, event.proc):
            strangers += 1
            continue
        old, new = now.get(key, booked.state), _state_of(event, booked.kept)
        if clock and old.since > clock + _SKEW:
            old = State(old.status, old.substatus)
        if not new.since:
            new = _dated(old, new, clock)
        if advances(old, new):
            now[key] = new
            moves[key] = _move(booked.state, new, event)
    return [moves[key] for key in sorted(moves)], strangers


def _dated(old: State, new: State, clock: int) -> State:
    """A state whose time is unknown: with the time in the books, or for a new state with the schedd's present time."""
    same = (new.status, new.substatus) == (old.status, old.substatus)
    return replace(new, since=old.since if same else max(old.since, clock))


def _state_of(event: JobEvent, kept: bool) -> State:
    """The state of a job for the books; a removed job whose description was kept is parked."""
    if kept and event.queue is Queue.REMOVED:
        return State(Status.HELD, Substatus.PARKED, event.since)
    return event.state


def _move(old: State, new: State, event: JobEvent) -> dict[str, object]:
    ended = new.status in (Status.FINISHED, Status.FAILED)
    parked = new.substatus is Substatus.PARKED
    move = {
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
        "hold_reason": None if parked else event.hold_reason,  # why it was held, not why it was removed
        "hold_code": event.hold_code,
        "hold_subcode": event.hold_subcode,
    }
    return {name: value for name, value in move.items() if value is not None}  # shorter to send
