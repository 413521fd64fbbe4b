"""The local batch: a durable queue in one SQLite file, for trying out, testbeds and tests.

`local_runner` executes the jobs. Of a description these commands count: executable, arguments, initialdir, output,
error, environment, getenv, request_memory, retry_request_memory, priority, batch_name, hold and the `My.` attributes by which jobs are known.
ClassAd expressions (requirements, periodic_*, on_exit_*) are not evaluated; there are no other retries, no file transfer, no
log and no limits but memory. Queue and runner belong on one host, as SQLite's write-ahead log does.
"""

import json
import logging
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from prodcli.batch import (
    Changes,
    ClaimedCluster,
    Counted,
    DescribedJob,
    Factory,
    Intake,
    JobEvent,
    ProcId,
    QueuedJob,
    SubmitProcess,
)
from prodcli.batch.description import expand
from prodcli.batch.event_limits import AMOUNT, CODE, CPU, INT, TIME, fitting, names_row
from prodcli.batch.local.left_over import end_without_runner
from prodcli.batch.local.process import process_table, runs
from prodcli.batch.local.queue_file import (
    QUEUE,
    as_batch_errors,
    is_missing,
    open_queue,
    reading,
    reading_made,
    transaction,
)
from prodcli.batch.local.submission import MAX_PROCS, attribute, read_submission
from prodcli.batch.submit_process import ThisProcess
from prodcli.errors import BatchError
from prodcli.states import Queue

SCHEDD = "local"
log = logging.getLogger(__name__)
_USER_HOLD, _SUBMITTED_ON_HOLD = 1, 15

_ADD_CLUSTER = "INSERT INTO clusters (claim, batch_name, procs, folder, commands) VALUES (?, ?, ?, ?, ?)"
_ADD_JOB = """
    INSERT INTO jobs (cluster, proc, dbid, attempt, priority, memory_asked, item, status, since, change,
        hold_reason, hold_code, hold_subcode)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COUNT = """
    SELECT count(*) FROM clusters JOIN jobs USING (cluster) WHERE batch_name = ? AND status NOT IN (3, 4)"""
# One statement, as somebody may make the queue at this moment.
_CHANGES = "SELECT * FROM events WHERE change > ? ORDER BY change, cluster, proc"
_SWEEP = "SELECT * FROM events WHERE change > ? OR queue NOT IN (3, 4) ORDER BY change, cluster, proc"
_IN_QUEUE = "SELECT cluster, proc FROM jobs WHERE status NOT IN (3, 4)"
_ENDING = """
    SELECT cluster, proc, pid, born, claim FROM jobs JOIN clusters USING (cluster)
    WHERE status = 3 AND pid IS NOT NULL"""
_LIVING = "SELECT cluster, proc FROM jobs JOIN clusters USING (cluster) WHERE status NOT IN (3, 4) AND claim <> ''"
_HISTORY = """
    SELECT * FROM events WHERE cluster IN (SELECT value FROM json_each(?)) AND queue IN (3, 4)
    ORDER BY change, cluster, proc"""
_FIND_CLAIMS = """
    SELECT claim, cluster, procs,
        EXISTS (SELECT 1 FROM jobs WHERE jobs.cluster = clusters.cluster AND status NOT IN (3, 4)) AS living
    FROM clusters WHERE claim IN (SELECT value FROM json_each(?)) ORDER BY cluster"""
_OURS = """
    SELECT cluster, proc, dbid, attempt, claim, status FROM jobs JOIN clusters USING (cluster)
    WHERE status NOT IN (3, 4) AND claim <> ''"""
_DESCRIBE = """
    SELECT events.*, commands, item FROM events JOIN jobs USING (cluster, proc) JOIN clusters USING (cluster)
    WHERE cluster IN (SELECT value FROM json_each(?)) AND queue NOT IN (3, 4)"""
_FULL = """
    SELECT clusters.*, jobs.* FROM json_each(?) AS wanted
    JOIN jobs ON jobs.cluster = json_extract(wanted.value, '$.cluster') AND jobs.proc = json_extract(wanted.value, '$.proc')
    JOIN clusters ON clusters.cluster = jobs.cluster
    WHERE jobs.status NOT IN (3, 4)"""
_HOLD = """
    UPDATE jobs SET status = 5, since = max(since, :now), change = :change,
        hold_reason = :reason, hold_code = :code, hold_subcode = 0
    WHERE cluster = :cluster AND proc = :proc AND status IN (1, 2)"""
_RELEASE = """
    UPDATE jobs SET status = 1, since = max(since, :now), change = :change,
        hold_reason = NULL, hold_code = NULL, hold_subcode = NULL
    WHERE cluster = :cluster AND proc = :proc AND status = 5"""
_REMOVE = """
    UPDATE jobs SET status = 3, since = max(since, :now), change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""
_EDIT_MEMORY = """
    UPDATE jobs SET memory_asked = :memory, change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""
_EDIT_PRIORITY = """
    UPDATE jobs SET priority = :priority, change = :change
    WHERE cluster = :cluster AND proc = :proc AND status NOT IN (3, 4)"""

_RESOURCES = ("request_disk", "request_cpus")
_FACTS = tuple(field.name for field in fields(JobEvent) if field.name != "odd")
_NUMBERS = MappingProxyType(
    {
        **{"since": TIME, "started": TIME, "finished": TIME},
        **{"num_starts": AMOUNT, "memory_used": AMOUNT, "memory_provisioned": AMOUNT, "memory_asked": AMOUNT},
        **{"disk_used": AMOUNT, "exit_code": CODE, "hold_code": CODE, "hold_subcode": CODE},
        **{"user_cpu": CPU, "sys_cpu": CPU},
    }
)


def _events(rows: Iterable[sqlite3.Row]) -> list[JobEvent]:
    """The events of rows that name a row of the books."""
    return [_event(row) for row in rows if names_row(row["dbid"], row["attempt"])]


def _event(row: sqlite3.Row) -> JobEvent:
    facts: dict[str, Any] = {key: row[key] for key in _FACTS} | {"queue": Queue(row["queue"])}
    known, odd = fitting(facts, _NUMBERS)
    unknown = {key: 0 if key == "since" else None for key in _NUMBERS}
    return JobEvent(**facts | unknown | known, odd=odd)


def _described(row: sqlite3.Row) -> DescribedJob | None:
    commands = json.loads(row["commands"])
    macros = {**commands, **json.loads(row["item"])}

    def said(command: str) -> str:
        return expand(commands.get(command, ""), macros).strip('"')

    rule, tag, dataset, dsttype = (said(attribute(key)) for key in ("rule", "tag", "dataset", "dsttype"))
    run, segment = (_whole(said(attribute(key))) for key in ("run", "segment"))
    if not (rule and tag and dataset and dsttype) or run is None or segment is None:
        return None
    places = (said("log"), said("output"), said("error"))
    disk, cpus = (_whole(said(key).removesuffix("KB")) for key in _RESOURCES)
    mask = said(attribute("mask"))
    return DescribedJob(_event(row), rule, tag, dataset, dsttype, run, segment, *places, disk, cpus, mask)


def _whole(word: str) -> int | None:
    """A number that the books can hold."""
    return number if word.isdecimal() and (number := int(word)) <= INT else None


class LocalBatch:
    """One schedd, `local`, whose queue is a file."""

    system = "local"
    may_hang = False

    def __init__(self, database: Path) -> None:
        self.database = database

    def schedds(self) -> list[str]:
        """The only one."""
        return [SCHEDD]

    def loads(self) -> dict[str, float]:
        """There is no choice, so nothing is counted."""
        return {SCHEDD: 0.0}

    def intake(self, schedd: str) -> Intake:
        """Everything at once: a row of the queue's file costs next to nothing."""
        return Intake(MAX_PROCS, retries_memory=True)

    def check(self) -> list[str]:
        """What keeps the queue from being read or written."""
        folder = self.database.parent
        if not folder.is_dir():
            return [f"local queue {self.database}: the folder does not exist"]
        try:
            self.living(SCHEDD)
        except BatchError as err:
            return [str(err)]
        shut = [path for path in (folder, self.database) if path.exists() and not os.access(path, os.W_OK)]
        return [f"local queue {self.database}: {path} is not writable" for path in shut]

    def count(self, batch_name: str) -> Counted:
        """Jobs of a batch name: idle, running and held."""
        with reading(self.database) as connection:
            return Counted(int(connection.execute(_COUNT, (batch_name,)).fetchone()[0]))

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """Ourselves."""
        return ThisProcess(self)

    def submit(self, schedd: str, description: Path) -> int:
        """Queue all jobs of a rendered description, or none; the items file is not needed afterwards."""
        _require(schedd)
        new = read_submission(description)
        held = (Queue.HELD, "submitted on hold at user's request", _SUBMITTED_ON_HOLD, 0)
        status, *why = held if new.on_hold else (Queue.IDLE, None, None, None)
        name = expand(new.commands.get("batch_name", ""), new.commands).strip('"')
        about = (new.claim, name, len(new.items), str(Path.cwd()), json.dumps(new.commands))
        with self._writing() as (connection, change):
            cluster = connection.execute(_ADD_CLUSTER, about).lastrowid
            assert cluster is not None
            connection.executemany(
                _ADD_JOB,
                (
                    (cluster, proc, *numbers, json.dumps(item), status, _now(), change, *why)
                    for proc, (item, numbers) in enumerate(zip(new.items, new.jobs, strict=True))
                ),
            )
        return cluster

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """The jobs touched since the cursor, as they are now; the cursor of another queue file counts as none.

        Raises BatchError where the file is missing that an earlier cursor is of.
        """
        _require(schedd)
        if is_missing(self.database) and not cursor:  # nothing may have been submitted yet; no job is looked for
            yield Changes([], cursor)
            return
        with reading_made(self.database) as connection:
            queue = connection.execute(QUEUE).fetchone()["id"]
            known, _, seen = cursor.partition(":")
            if known not in ("", queue):
                log.warning(
                    "local queue %s is another file than at the last harvest: its former jobs are lost", self.database
                )
            since = int(seen) if known == queue and seen.isdecimal() else 0
            rows = connection.execute(_SWEEP if sweep else _CHANGES, (since,)).fetchall()
        following = f"{queue}:{max(since, rows[-1]['change'])}" if rows else cursor
        yield Changes(_events(rows), following, swept=sweep)

    def living(self, schedd: str) -> set[ProcId]:
        """The jobs with a claim that are idle, running or held, or were removed and have not ended yet."""
        return self._ids(schedd, _LIVING) | {id for id, claim in self._ending().items() if claim}

    def in_queue(self, schedd: str) -> set[ProcId]:
        """All jobs that are idle, running or held, or were removed and have not ended yet."""
        return self._ids(schedd, _IN_QUEUE) | set(self._ending())

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """The jobs of these clusters that are completed or removed."""
        _require(schedd)
        with reading_made(self.database) as connection:
            return _events(connection.execute(_HISTORY, (json.dumps(list(clusters)),)))

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters that carry claims."""
        _require(schedd)
        found: dict[str, list[ClaimedCluster]] = {claim: [] for claim in claims}
        with reading(self.database) as connection:
            for row in connection.execute(_FIND_CLAIMS, (json.dumps(list(found)),)):
                found[row["claim"]].append(ClaimedCluster(row["cluster"], row["procs"], bool(row["living"])))
        return found

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """The jobs with a claim that are idle, running or held; none ever waits to be materialized."""
        _require(schedd)
        with reading(self.database) as connection:
            rows = connection.execute(_OURS).fetchall()
        keys = ("cluster", "proc", "dbid", "attempt", "claim")
        named = [row for row in rows if names_row(row["dbid"], row["attempt"])]
        return [QueuedJob(**{key: row[key] for key in keys}, queue=Queue(row["status"])) for row in named], []

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """The jobs of these clusters that are idle, running or held, with what they say of their output."""
        _require(schedd)
        with reading(self.database) as connection:
            rows = connection.execute(_DESCRIBE, (json.dumps(list(clusters)),)).fetchall()
        named = [row for row in rows if names_row(row["dbid"], row["attempt"])]
        return [one for row in named if (one := _described(row)) is not None]

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """The rows of jobs that are idle, running or held, with their commands and items."""
        _require(schedd)
        wanted = json.dumps([{"cluster": cluster, "proc": proc} for cluster, proc in ids])
        with reading(self.database) as connection:
            rows = connection.execute(_FULL, (wanted,)).fetchall()
        nested = ("commands", "item")
        return {
            (row["cluster"], row["proc"]): dict(row) | {name: json.loads(row[name]) for name in nested} for row in rows
        }

    def remove_command(self, schedd: str, cluster: int) -> str:
        """Our own, as there is no other."""
        return f"prodcli reconcile --remove {cluster}"

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold; the runner ends those that run."""
        self._update(schedd, _HOLD, ids, reason=reason, code=_USER_HOLD)

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Let held jobs start again; the reason is not kept."""
        self._update(schedd, _RELEASE, ids)

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs, which stay as history without the reason; the runner ends those that run, or we do if there is none."""
        self._update(schedd, _REMOVE, ids)
        if ids:
            end_without_runner(self.database)

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change what jobs ask for from their next start on."""
        self._update(schedd, _EDIT_MEMORY, ids, memory=memory_mb)

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change which jobs start first."""
        self._update(schedd, _EDIT_PRIORITY, ids, priority=priority)

    def nodes(self) -> set[str]:
        """None but this host, which is not to be chosen."""
        return set()

    def count_unlisted(self, schedd: str) -> int:
        """None: where there is no choice, nothing can be kept away from."""
        _require(schedd)
        return 0

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        """None."""
        _require(schedd)
        return 0

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        """Nothing is changed, and nothing has to be."""
        _require(schedd)
        return 0

    def _ids(self, schedd: str, query: str) -> set[ProcId]:
        _require(schedd)
        with reading(self.database) as connection:
            return {(row["cluster"], row["proc"]) for row in connection.execute(query)}

    def _ending(self) -> dict[ProcId, str]:
        """Jobs that were removed and whose processes have not ended yet, with their claims."""
        with reading(self.database) as connection:
            rows = connection.execute(_ENDING).fetchall()
        table = process_table() if rows else {}
        return {(row["cluster"], row["proc"]): row["claim"] for row in rows if runs(row["pid"], row["born"], table)}

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        with as_batch_errors(self.database), closing(open_queue(self.database)) as connection:
            with transaction(connection) as change:
                yield connection, change

    def _update(self, schedd: str, statement: str, ids: Collection[ProcId], **values: str | int) -> None:
        _require(schedd)
        if not ids:
            return
        with self._writing() as (connection, change):
            common = {"now": _now(), "change": change, **values}
            connection.executemany(statement, [{"cluster": cluster, "proc": proc, **common} for cluster, proc in ids])


def _require(schedd: str) -> None:
    if schedd != SCHEDD:
        raise BatchError(f"the local batch has one schedd, {SCHEDD}, not {schedd}")


def _now() -> int:
    return int(time.time())
