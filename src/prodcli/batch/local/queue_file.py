"""The file of the local batch's queue: its tables, and opening it for writing or for reading."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from prodcli.errors import BatchError

_BUSY_SECONDS = 60.0
_APPLICATION, _VERSION = 0x50434C51, 1  # marks in the file
QUEUE = "SELECT id, change FROM queue"
_NEXT_CHANGE = "UPDATE queue SET change = change + 1"
_MARKS = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version"""

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


@contextmanager
def as_batch_errors(database: Path) -> Iterator[None]:
    """Turn failures of SQLite and the file system into BatchErrors."""
    try:
        yield
    except (sqlite3.Error, OSError) as err:
        todo = "folder and file must be there and writable" if _is_shut(err) else ""
        raise BatchError(str(err), where=f"local queue {database}", todo=todo) from err


def _is_shut(err: Exception) -> bool:
    return getattr(err, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def open_queue(database: Path) -> sqlite3.Connection:
    """A connection for writing; makes the queue if there is none."""
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
    """Write all or nothing; yields the change number for the touched rows."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_NEXT_CHANGE)
        change: int = connection.execute(QUEUE).fetchone()["change"]
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
    """False for an empty file; raises BatchError for a file of another kind."""
    found = tuple(connection.execute(_MARKS).fetchone())
    if found[:2] == (_APPLICATION, _VERSION):
        return True
    if any(found):
        raise BatchError(
            "the file is no queue of this version of prodcli", where=str(database), todo="name another file"
        )
    return False


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the queue for reading only; a queue without a file reads as empty. Raises BatchError if it changes meanwhile.

    Where SQLite may not even put its index of the write-ahead log beside the file, and no log is there, the file is
    read as one that nobody writes to; if somebody did meanwhile, what was read is not to be trusted.
    """
    with as_batch_errors(database):
        if is_missing(database):
            with closing(_empty()) as connection:
                yield connection
            return
        connection, still = _open_to_read(database)
        with closing(connection):
            yield connection
        if still not in (None, _stillness(database)):
            raise BatchError("the queue changed while it was read", where=str(database), todo="try again")


@contextmanager
def reading_made(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the queue of known jobs for reading only; raises BatchError if its file is missing: then no job counts as gone."""
    if is_missing(database):
        raise BatchError(
            "the queue's file is missing, and nothing is known of its jobs",
            where=f"local queue {database}",
            todo="restore the file; batch.queue in prodcli.yaml names it",
        )
    with reading(database) as connection:
        yield connection


def is_missing(database: Path) -> bool:
    """True if there is no file, or an empty one."""
    with as_batch_errors(database):
        database.parent.stat()
        return not database.exists() or not database.stat().st_size


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
    """Values that differ when another process writes to the file."""
    stat = database.stat()
    return stat.st_mtime_ns, stat.st_size, database.with_name(database.name + "-wal").exists()
