"""Harvest: read from the batch system what became of jobs, and update the books in bulk.

Idempotent: a report that the books have already, or a late report, changes nothing. Schedds are read side by side;
their answers are written here one after the other.
"""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, NamedTuple

from prodcli.batch import Batch, Changes, Factory, JobEvent
from prodcli.batch.parallel import ask_each, ask_in_parts
from prodcli.books.job_events import Booking, book_events, booked_state, note_due
from prodcli.books.rollup import Totals
from prodcli.db import Database, Transaction, chunks_of, records
from prodcli.errors import BatchError
from prodcli.evidence.due_outputs import Proved
from prodcli.fault_points import reached
from prodcli.harvest.other_writes import mend_rows
from prodcli.progress import Progress, silent
from prodcli.running_jobs.signs_of_life import note_signs
from prodcli.states import Queue, State, Status, Substatus

log = logging.getLogger(__name__)
_ROWS = 5_000  # events per statement
_RECORDED = 60  # seconds that a job must have been in the books before a sweep may miss it
_ALL_PROCS = 2**31 - 1
_CUT_OFF = "its history does not reach back to the last harvest, or its clock was put back; every job was looked for"

Key = tuple[int, int, int | None, int | None]  # dbid, attempt, cluster, proc


@dataclass(frozen=True, slots=True)
class Sweeping:
    """When a harvest looks for every job of the books: every so many seconds, or `now`, then lost jobs as well."""

    every: int = 600
    now: bool = False


@dataclass(frozen=True, slots=True)
class Harvest:
    """The result of a pass: changes by new state, newly missing jobs, lost jobs, and silent schedds."""

    before: Totals = field(default_factory=dict)  # all jobs of the books by state, before and after the pass
    totals: Totals = field(default_factory=dict)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: int = 0
    lost: int = 0
    mended: int = 0  # rows that other tools wrote over
    proved: Proved = field(default_factory=Proved)  # what the file catalog proved
    silent: Mapping[str, str] = field(default_factory=dict)  # schedd: why
    swept: Sequence[str] = ()  # schedds whose whole queue was compared with the books


@dataclass(frozen=True, slots=True)
class LiveAttempt:
    """A current attempt that is alive or lost by the books; `first_missed` if an earlier pass did not find it."""

    dbid: int
    attempt: int
    cluster: int | None
    proc: int | None
    state: State
    first_missed: int | None
    kept: bool = False

    @property
    def key(self) -> Key:
        """The job and its submission; cluster numbers come again when a schedd is installed anew."""
        return self.dbid, self.attempt, self.cluster, self.proc


class _Cursor(NamedTuple):
    """How far a schedd was harvested, and when its whole queue was read last, in seconds since 1970."""

    schedd: str
    cursor: str
    swept: int | None


@dataclass(frozen=True, slots=True)
class _Cursors:
    clock: int  # the database's
    by_schedd: dict[str, tuple[str, bool]]  # the cursor, and whether a sweep is due


@dataclass
class _Reported:
    """The reports of a schedd so far: the jobs, the jobs in its queue, and the jobs that it has yet to materialize.

    After a sweep: `absent` are live attempts without a report, `unlike` are rows of queued jobs that are not live in the books.
    """

    jobs: set[Key] = field(default_factory=set)
    queued: set[Key] = field(default_factory=set)
    running: list[JobEvent] = field(default_factory=list)
    factories: Sequence[Factory] = ()
    booking: Booking = field(default_factory=Booking)
    swept: bool = False
    absent: Sequence[LiveAttempt] = ()
    unlike: Collection[int] = ()
    silent: str = ""


@dataclass(frozen=True, slots=True)
class _Search:
    """The result of a search for absent jobs of one schedd."""

    booking: Booking = field(default_factory=Booking)
    missing: int = 0
    lost: int = 0
    silent: str = ""


def harvest(
    database: Database, batch: Batch, lost_grace: int, sweeping: Sweeping | None = None, progress: Progress = silent
) -> Harvest:
    """Update the books from every schedd that answers.

    A job is lost when its schedd has answered twice, `lost_grace` seconds apart, without the job.
    """
    sweeping = sweeping or Sweeping()
    schedds = batch.schedds()
    cursors = database.read(lambda tx: _cursors(tx, schedds, sweeping))
    with progress(f"asking {', '.join(schedds)}"):
        reported = _book_reports(database, batch, cursors, sweeping, progress)
        swept = {schedd: one for schedd, one in reported.items() if one.swept}
        searches = _look_for(database, batch, {schedd: one.absent for schedd, one in swept.items()}, lost_grace)
    mended = sum(mend_rows(database, schedd, one.unlike, cursors.clock) for schedd, one in swept.items())
    bookings = [*(one.booking for one in reported.values()), *(one.booking for one in searches.values())]
    return Harvest(
        moves=sum(bookings, Booking()).moves,
        missing=sum(one.missing for one in searches.values()),
        lost=sum(one.lost for one in searches.values()),
        mended=mended,
        silent={schedd: one.silent for found in (reported, searches) for schedd, one in found.items() if one.silent},
        swept=list(swept),
    )


def _cursors(tx: Transaction, schedds: Sequence[str], sweeping: Sweeping) -> _Cursors:
    now = int(tx.value("database_clock"))
    found = {schedd: ("", True) for schedd in schedds}  # one that was never harvested is swept
    for one in tx.rows_as(_Cursor, "harvest_cursors", schedds=list(schedds)):
        found[one.schedd] = (one.cursor, sweeping.now or one.swept is None or now - one.swept >= sweeping.every)
    return _Cursors(now, found)


def _book_reports(
    database: Database, batch: Batch, cursors: _Cursors, sweeping: Sweeping, progress: Progress
) -> dict[str, _Reported]:
    """Write the changes on every schedd since its cursor, in the order of the answers."""
    questions = {
        schedd: methodcaller("changes", schedd, cursor, sweep) for schedd, (cursor, sweep) in cursors.by_schedd.items()
    }
    reported = {schedd: _Reported() for schedd in questions}
    for schedd, part in ask_in_parts(batch, questions):
        known = reported[schedd]
        if isinstance(part, BatchError):
            known.silent = _silence(part)
            continue
        known.booking += _book_part(database, schedd, part, known, progress)
        if part.swept and not cursors.by_schedd[schedd][1]:
            log.warning("schedd %s: %s", schedd, _CUT_OFF)
        if part.swept:
            live = _live(database, schedd, cursors.clock - _RECORDED, sweeping.now)
            known.swept = True
            note_signs(database, schedd, known.running)
            known.absent = [one for one in live if one.key not in known.jobs]
            known.unlike = {key[0] for key in known.queued.difference(one.key for one in live)}
    return reported


def _silence(why: BatchError) -> str:
    log.info("%s", why)
    return str(why)


def _book_part(database: Database, schedd: str, part: Changes, reported: _Reported, progress: Progress) -> Booking:
    """Write a part of the changes since the last pass; the cursor moves with the last part, after all is written."""
    booking = Booking()
    reached("harvest.read")
    with progress(f"booking {len(part.events)} reports of {schedd}"):
        if part.factories is not None:
            reported.factories = part.factories
            _mark(database, schedd, [_span(one, Substatus.WAITING) for one in part.factories])
        for chunk in chunks_of(part.events, _ROWS):
            booking += book_events(database, schedd, chunk, part.clock)
            reached("harvest.booked")
    reported.jobs.update(_key(event) for event in part.events)
    reported.running += [event for event in part.events if event.queue is Queue.RUNNING]
    reported.queued.update(_key(event) for event in part.events if event.queue not in (Queue.COMPLETED, Queue.REMOVED))
    if part.cursor is not None:
        _unmark(database, schedd, reported.factories)
        database.write(lambda tx: tx.run("save_cursor", schedd=schedd, cursor=part.cursor))
        reached("harvest.cursor")
    return booking


def _key(event: JobEvent) -> Key:
    return event.dbid, event.attempt, event.cluster, event.proc


def _unmark(database: Database, schedd: str, factories: Sequence[Factory]) -> None:
    """Jobs are no longer waiting if their proc was materialized or their factory is gone.

    Most have had such a report.
    """
    booked = database.read(lambda tx: set(tx.column("waiting_clusters", schedd=schedd)))
    gone = booked - {one.cluster for one in factories}
    ends = [Factory(cluster, "", _ALL_PROCS, _ALL_PROCS) for cluster in sorted(gone)]
    _mark(database, schedd, [_span(one, Substatus.NONE) for one in (*factories, *ends)])


def _span(one: Factory, substatus: Substatus) -> dict[str, object]:
    """The submitted jobs of a cluster that wait to be materialized, or the jobs that do not."""
    if substatus is Substatus.WAITING:
        limits = {"low": one.following, "high": one.total, "old_substatus": Substatus.NONE}
    else:
        limits = {"low": 0, "high": one.following, "old_substatus": Substatus.WAITING}
    return {"cluster": one.cluster, "claim": one.claim or None, "substatus": substatus, **limits}


def _mark(database: Database, schedd: str, spans: list[dict[str, object]]) -> None:
    """Give the submitted jobs of spans another substatus; writes only rows that differ."""

    def work(tx: Transaction) -> list[dict[str, object]]:
        return list(tx.rows_as(_by_name, "waiting_spans", schedd=schedd, rows=spans))

    if spans and (differing := database.read(work)):
        database.write(lambda tx: tx.run("mark_waiting", schedd=schedd, rows=differing))


def _by_name(**columns: object) -> dict[str, object]:
    return columns


def _live(database: Database, schedd: str, before: int, lost_too: bool) -> list[LiveAttempt]:
    """Jobs that are alive by the books, recorded before a time of the database."""

    def work(tx: Transaction) -> list[LiveAttempt]:
        live = list(tx.rows_as(_live_attempt, "live_attempts", schedd=schedd, before=before))
        return live + (list(tx.rows_as(_live_attempt, "lost_attempts", schedd=schedd)) if lost_too else [])

    return database.read(work)


def _live_attempt(status: str, substatus: str, entered: int | None, kept: int, **rest: Any) -> LiveAttempt:
    return LiveAttempt(state=booked_state(status, substatus, entered), kept=bool(kept), **rest)


def _look_for(
    database: Database, batch: Batch, absent: Mapping[str, Sequence[LiveAttempt]], lost_grace: int
) -> dict[str, _Search]:
    """Look for jobs that are in no queue: first in the whole history, then they are missing, later lost."""
    questions = {
        schedd: methodcaller("history", schedd, {one.cluster for one in jobs if one.cluster is not None})
        for schedd, jobs in absent.items()
        if jobs
    }
    found: dict[str, list[JobEvent]] = {schedd: [] for schedd in absent if schedd not in questions}
    searches = {}
    for schedd, events in ask_each(batch, questions):
        if isinstance(events, BatchError):
            searches[schedd] = _Search(silent=_silence(events))
        else:
            found[schedd] = events
    for schedd, events in found.items():
        searches[schedd] = _book_found(database, schedd, absent[schedd], events, lost_grace)
    return searches


def _book_found(
    database: Database, schedd: str, absent: Sequence[LiveAttempt], events: Sequence[JobEvent], lost_grace: int
) -> _Search:
    """Write the ends of absent jobs that are in a history; the other jobs become missing or lost."""
    jobs = {one.key: one for one in absent}
    ended = [event for event in events if _key(event) in jobs]
    bookings = [book_events(database, schedd, chunk) for chunk in chunks_of(ended, _ROWS)]
    there = {_key(event) for event in ended}
    unknown = [one for key, one in jobs.items() if key not in there and one.state.substatus is not Substatus.LOST]
    return _Search(sum(bookings, Booking()), *_book_missing(database, schedd, unknown, lost_grace))


def _book_missing(database: Database, schedd: str, unknown: Sequence[LiveAttempt], lost_grace: int) -> tuple[int, int]:
    """Write since when jobs are missing, and make jobs lost that stay missing, by the database's clock; returns both numbers."""

    def work(tx: Transaction) -> tuple[int, int]:
        now = int(tx.value("database_clock"))
        lost = [one for one in unknown if one.first_missed is not None and now - one.first_missed >= lost_grace]
        given_up = {one.key for one in lost}
        missing = [one for one in unknown if one.key not in given_up]
        tx.run("clear_missing", schedd=schedd)
        for chunk in chunks_of([_missing(one) for one in missing], _ROWS):
            tx.run("note_missing", rows=chunk)
        for gone in chunks_of([_loss(one) for one in lost], _ROWS):
            rows = records(gone)
            tx.run("lose_attempts", rows=rows)
            tx.run("lose_jobs", rows=rows)
            note_due(tx, rows.rows)
        tx.run("note_sweep", schedd=schedd)
        return len(missing), sum(not one.kept for one in lost)

    return database.write(work)


def _missing(one: LiveAttempt) -> dict[str, object]:
    return {"dbid": one.dbid, "attempt": one.attempt, "first_missed": one.first_missed}


def _loss(one: LiveAttempt) -> dict[str, object]:
    return {
        "dbid": one.dbid,
        "attempt": one.attempt,
        "old_status": one.state.status,
        "old_substatus": one.state.substatus,
        "old_entered": one.state.since,
        "status": Status.HELD if one.kept else Status.FAILED,
        "substatus": Substatus.PARKED if one.kept else Substatus.LOST,
        "entered": one.state.since,
    }
