"""The local batch: a durable queue in one SQLite file, for trying out, testbeds and tests.

`local_runner` executes the jobs. Of a description these commands count: executable, arguments, initialdir, output,
error, environment, getenv, request_memory, priority, batch_name, hold and the `My.` attributes by which jobs are known.
ClassAd expressions (requirements, periodic_*, on_exit_*) are not evaluated; there are no retries, no file transfer, no
log and no limits but memory. Queue and runner belong on one host, as SQLite's write-ahead log does.
"""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from prodcli.batch import ClaimedCluster, JobEvent, ProcId
from prodcli.errors import BatchError
from prodcli.layout import NO_ROW
from prodcli.sizes import parse_mb
from prodcli.states import Queue
from prodcli.submission import ATTRIBUTES, expand, parse_description, read_items

SCHEDD = "local"
_BUSY_SECONDS = 60.0
_USER_HOLD, _SUBMITTED_ON_HOLD = 1, 15
_APPLICATION, _VERSION = 0x50434C51, 1  # marks in the file

# Status is HTCondor's JobStatus: 1 idle, 2 running, 3 removed, 4 completed, 5 held. Rows are never deleted: they are
# the history. `change` is the number of the transaction that touched a row last. A row has a pid as long as a process
# of it may live, whatever its status says by then.
_SCHEMA = (
    "CREATE TABLE queue (id TEXT NOT NULL, change INTEGER NOT NULL, scratch TEXT)",
    "INSERT INTO queue VALUES (lower(hex(randomblob(8))), 0, NULL)",
    """CREATE TABLE clusters (
        cluster INTEGER PRIMARY KEY AUTOINCREMENT, claim TEXT NOT NULL, batch_name TEXT NOT NULL, procs INTEGER NOT NULL,
        folder TEXT NOT NULL, commands TEXT NOT NULL)""",
    "CREATE INDEX clusters_claim ON clusters (claim)",
    "CREATE INDEX clusters_batch_name ON clusters (batch_name)",
    """CREATE TABLE jobs (
        cluster INTEGER NOT NULL REFERENCES clusters, proc INTEGER NOT NULL,
        dbid INTEGER NOT NULL, attempt INTEGER NOT NULL, priority INTEGER NOT NULL, item TEXT NOT NULL,
        status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 5), since INTEGER NOT NULL, change INTEGER NOT NULL,
        num_starts INTEGER NOT NULL DEFAULT 0, exit_code INTEGER, node TEXT, started INTEGER, finished INTEGER,
        user_cpu REAL, sys_cpu REAL, memory_used INTEGER, memory_provisioned INTEGER, memory_asked INTEGER,
        hold_reason TEXT, hold_code INTEGER, hold_subcode INTEGER, pid INTEGER, born TEXT,
        PRIMARY KEY (cluster, proc)) WITHOUT ROWID""",
    "CREATE INDEX jobs_change ON jobs (change)",
    "CREATE INDEX jobs_living ON jobs (cluster, proc) WHERE status NOT IN (3, 4)",
    "CREATE INDEX jobs_startable ON jobs (priority DESC, cluster, proc) WHERE status = 1 AND pid IS NULL",
    "CREATE INDEX jobs_running ON jobs (cluster, proc) WHERE status = 2",
    "CREATE INDEX jobs_with_pid ON jobs (pid) WHERE pid IS NOT NULL",
    """CREATE VIEW events AS
        SELECT change, dbid, attempt, claim, cluster, proc, status AS queue, since, num_starts, exit_code, node, started,
            finished, user_cpu, sys_cpu, memory_used, memory_provisioned, memory_asked, NULL AS disk_used,
            hold_reason, hold_code, hold_subcode
        FROM jobs JOIN clusters USING (cluster) WHERE claim <> ''""",
    "PRAGMA application_id = 0x50434C51",
    "PRAGMA user_version = 1",
)
_ADD_CLUSTER = "INSERT INTO clusters (claim, batch_name, procs, folder, commands) VALUES (?, ?, ?, ?, ?)"
_ADD_JOB = """
    INSERT INTO jobs (cluster, proc, dbid, attempt, priority, memory_asked, item, status, since, change,
        hold_reason, hold_code, hold_subcode)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COUNT = """
    SELECT count(*) FROM clusters JOIN jobs USING (cluster) WHERE batch_name = ? AND status NOT IN (3, 4)"""
# One statement, as somebody may make the queue at this moment.
_MARKS = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version"""
_QUEUE = "SELECT id, change FROM queue"
_NEXT_CHANGE = "UPDATE queue SET change = change + 1"
_CHANGES = "SELECT * FROM events WHERE change > ? ORDER BY change, cluster, proc"
_IN_QUEUE = "SELECT cluster, proc FROM jobs WHERE status NOT IN (3, 4)"
_LIVING = "SELECT cluster, proc FROM jobs JOIN clusters USING (cluster) WHERE status NOT IN (3, 4) AND claim <> ''"
_HISTORY = """
    SELECT * FROM events WHERE cluster IN (SELECT value FROM json_each(?)) AND queue IN (3, 4)
    ORDER BY change, cluster, proc"""
_FIND_CLAIM = """
    SELECT cluster, procs,
        EXISTS (SELECT 1 FROM jobs WHERE jobs.cluster = clusters.cluster AND status NOT IN (3, 4)) AS living
    FROM clusters WHERE claim = ? ORDER BY cluster"""
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

_FACTS = tuple(field.name for field in fields(JobEvent))


@contextmanager
def told(database: Path) -> Iterator[None]:
    """What SQLite and the file system complain of becomes a BatchError."""
    try:
        yield
    except (sqlite3.Error, OSError) as err:
        todo = "folder and file must be there and writable" if _is_shut(err) else ""
        raise BatchError(str(err), where=f"local queue {database}", todo=todo) from err


def _is_shut(err: Exception) -> bool:
    return getattr(err, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def open_queue(database: Path) -> sqlite3.Connection:
    """A connection for writing; makes the queue if it is not there yet."""
    connection = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        if not _is_queue(connection, database):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            if not _is_queue(connection, database):
                _create(connection)
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[int]:
    """Write all or nothing; yields the change number that the rows touched are to carry."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_NEXT_CHANGE)
        change: int = connection.execute(_QUEUE).fetchone()["change"]
        yield change
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)


def _is_queue(connection: sqlite3.Connection, database: Path) -> bool:
    """False for an empty file; raises BatchError for one that holds something else."""
    found = tuple(connection.execute(_MARKS).fetchone())
    if found[:2] == (_APPLICATION, _VERSION):
        return True
    if any(found):
        raise BatchError("is no queue of this version of prodcli", where=str(database), todo="name another file")
    return False


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing; a queue that is not there yet reads as an empty one.

    Where SQLite may not even put its index of the write-ahead log beside the file, and no log is there, the file is
    read as one that nobody writes to; if somebody did meanwhile, what was read is not to be trusted.
    """
    with told(database):
        database.parent.stat()
        if not database.exists() or not database.stat().st_size:
            with closing(_empty()) as connection:
                yield connection
            return
        connection, still = _open_to_read(database)
        with closing(connection):
            yield connection
        if still not in (None, _stillness(database)):
            raise BatchError("the queue changed while it was read", where=str(database), todo="try again")


def _open_to_read(database: Path) -> tuple[sqlite3.Connection, tuple[int, int, bool] | None]:
    uri = database.resolve().as_uri()
    still = _stillness(database)
    try:
        return _open_uri(database, f"{uri}?mode=ro"), None
    except sqlite3.OperationalError as err:
        if not _is_shut(err) or still[-1]:
            raise
    return _open_uri(database, f"{uri}?immutable=1"), still


def _open_uri(database: Path, uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        made = _is_queue(connection, database)
    except BaseException:
        connection.close()
        raise
    if made:
        return connection
    connection.close()  # somebody makes the queue at this moment: the file has a head and no tables
    return _empty()


def _empty() -> sqlite3.Connection:
    """A queue without jobs, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    _create(connection)
    return connection


def _stillness(database: Path) -> tuple[int, int, bool]:
    """What differs when somebody writes to the file."""
    stat = database.stat()
    return stat.st_mtime_ns, stat.st_size, database.with_name(database.name + "-wal").exists()


@dataclass(frozen=True)
class _Submission:
    """A description and its items, read and checked."""

    commands: Mapping[str, str]
    items: list[dict[str, str]]
    jobs: list[tuple[int, int, int, int | None]]  # dbid, attempt, priority, memory of each item

    @property
    def claim(self) -> str:
        """The claim that all jobs carry."""
        return self.commands.get(_attribute("claim"), "").strip('"')

    @property
    def on_hold(self) -> bool:
        """True if the jobs wait for a release."""
        return self.commands.get("hold", "").casefold() in ("true", "yes", "1")


def _attribute(name: str) -> str:
    return f"my.{ATTRIBUTES[name]}".casefold()


def _read_submission(description: Path) -> _Submission:
    where = str(description)
    try:
        parsed = parse_description(description.read_text("utf-8"), where)
        text = (description.parent / parsed.items_file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise BatchError(f"cannot be read: {err}", where=where) from err
    items = read_items(text, [field.casefold() for field in parsed.fields], where)
    if not 0 < len(items) <= LocalBatch.max_procs:
        raise BatchError(f"{len(items)} jobs; 1 to {LocalBatch.max_procs} are allowed", where=where)
    try:
        return _Submission(parsed.commands, items, [_numbers(parsed.commands, item) for item in items])
    except ValueError as err:
        raise BatchError(str(err), where=where) from err


def _numbers(commands: Mapping[str, str], item: Mapping[str, str]) -> tuple[int, int, int, int | None]:
    macros = {**commands, **item}
    memory = expand(commands.get("request_memory", ""), macros)
    return (
        int(expand(commands.get(_attribute("dbid"), str(NO_ROW)), macros)),
        int(expand(commands.get(_attribute("attempt"), "1"), macros)),
        int(expand(commands.get("priority", "0"), macros)),
        parse_mb(memory) if memory else None,
    )


def _events(rows: Iterable[sqlite3.Row]) -> list[JobEvent]:
    return [JobEvent(**{key: row[key] for key in _FACTS} | {"queue": Queue(row["queue"])}) for row in rows]


class LocalBatch:
    """One schedd, `local`, whose queue is a file."""

    system = "local"
    max_procs = 100_000

    def __init__(self, database: Path) -> None:
        self.database = database

    def schedds(self) -> list[str]:
        """The only one."""
        return [SCHEDD]

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

    def count(self, batch_name: str) -> int:
        """Jobs of a batch name: idle, running and held."""
        with _reading(self.database) as connection:
            return int(connection.execute(_COUNT, (batch_name,)).fetchone()[0])

    def submit(self, schedd: str, description: Path) -> int:
        """Queue all jobs of a rendered description, or none; the items file is not needed afterwards."""
        _require(schedd)
        new = _read_submission(description)
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

    def changes(self, schedd: str, cursor: str) -> tuple[list[JobEvent], str]:
        """The jobs touched since the cursor, as they are now; the cursor of another queue file counts as none."""
        _require(schedd)
        with _reading(self.database) as connection:
            queue = connection.execute(_QUEUE).fetchone()["id"]
            known, _, seen = cursor.partition(":")
            since = int(seen) if known == queue and seen.isdecimal() else 0
            rows = connection.execute(_CHANGES, (since,)).fetchall()
        return _events(rows), f"{queue}:{rows[-1]['change']}" if rows else cursor

    def living(self, schedd: str) -> set[ProcId]:
        """The jobs with a claim that are idle, running or held."""
        return self._ids(schedd, _LIVING)

    def in_queue(self, schedd: str) -> set[ProcId]:
        """All jobs that are idle, running or held."""
        return self._ids(schedd, _IN_QUEUE)

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """The jobs of these clusters that are completed or removed."""
        _require(schedd)
        with _reading(self.database) as connection:
            return _events(connection.execute(_HISTORY, (json.dumps(list(clusters)),)))

    def find_claim(self, schedd: str, claim: str) -> list[ClaimedCluster]:
        """The clusters that carry a claim."""
        _require(schedd)
        with _reading(self.database) as connection:
            rows = connection.execute(_FIND_CLAIM, (claim,)).fetchall()
        return [ClaimedCluster(row["cluster"], row["procs"], bool(row["living"])) for row in rows]

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold; the runner ends those that run."""
        self._update(schedd, _HOLD, ids, reason=reason, code=_USER_HOLD)

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Let held jobs start again; the reason is not kept."""
        self._update(schedd, _RELEASE, ids)

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs, which stay as history without the reason; the runner ends those that run."""
        self._update(schedd, _REMOVE, ids)

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change what jobs ask for from their next start on."""
        self._update(schedd, _EDIT_MEMORY, ids, memory=memory_mb)

    def _ids(self, schedd: str, query: str) -> set[ProcId]:
        _require(schedd)
        with _reading(self.database) as connection:
            return {(row["cluster"], row["proc"]) for row in connection.execute(query)}

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        with told(self.database), closing(open_queue(self.database)) as connection:
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
