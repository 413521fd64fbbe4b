"""Make a Database of a URL: `sqlite:///file.db`, `odbc:DSN=...`, `odbc:DRIVER=...;SERVER=...`."""

import errno
import os
import sqlite3
import urllib.parse
from operator import methodcaller
from pathlib import Path
from typing import NoReturn

from prodcli.db.database import Database, Driver
from prodcli.db.postgresql import PostgreSQL, Timeouts
from prodcli.db.standby import WithStandby
from prodcli.errors import ConfigError, DatabaseError, TransientDatabaseError, one_line
from prodcli.secrets import hide_secrets

_BUSY_SECONDS = 10.0
_TOO_MANY = "close some, or raise the limit (ulimit -n)"
_PERMISSIONS = "check its and its folder's permissions"


def open_database(url: str, read_only: bool = False, timeouts: Timeouts | None = None) -> Database:
    """Make a Database of a URL; connects at the first statement. Raises ConfigError for another kind of URL."""
    return Database(_driver(url, timeouts or Timeouts()), read_only)


def open_with_standby(url: str, timeouts: Timeouts, standby: str, its_timeouts: Timeouts) -> Database:
    """A Database to read from, whose standby is read while it does not answer; two kinds of URL cannot stand in for each other.

    Raises ConfigError for another kind of URL.
    """
    first, other = _driver(url, timeouts), _driver(standby, its_timeouts)
    return Database(WithStandby(first, other) if first.dialect == other.dialect else first, read_only=True)


def absent_database(missing: ConfigError) -> Database:
    """A database that the configuration does not name: its first statement raises this error."""
    return Database(_Absent(missing), read_only=True)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for another kind of URL."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _driver(url: str, timeouts: Timeouts) -> Driver:
    path = sqlite_path(url)
    if path is not None:
        return SQLite(path)
    if url.startswith("odbc:") and "=" in url:
        return PostgreSQL(url.removeprefix("odbc:"), f"PostgreSQL {hide_secrets(url.removeprefix('odbc:'))}", timeouts)
    raise ConfigError(
        f"{hide_secrets(url)!r} is not a database URL",
        todo="write sqlite:///file.db, odbc:DSN=name or odbc:DRIVER=...;SERVER=...",
    )


class _Absent:
    """No database."""

    dialect = "sqlite"

    def __init__(self, missing: ConfigError) -> None:
        self.missing = missing
        self.where = missing.where

    def open(self, read_only: bool) -> NoReturn:
        """Raise the error."""
        raise self.missing

    def begin(self, connection: object, read_only: bool) -> None:
        """Nothing: no connection is ever made."""

    def begin_scratch(self, connection: object) -> None:
        """Nothing: no connection is ever made."""

    def error(self, failure: BaseException) -> DatabaseError | None:
        """None: the error is an expected one already."""
        return None


class SQLite:
    """The embedded default, from the standard library."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = f"SQLite {path}"

    def open(self, read_only: bool) -> sqlite3.Connection:
        """Open the file; raises DatabaseError if the file is missing."""
        try:
            there = self.path.is_file()
        except OSError as failure:
            raise self._unopened(failure) from None
        if not there:
            raise DatabaseError("the file does not exist", where=self.where, todo="prodcli db init creates the file")
        uri = f"file:{urllib.parse.quote(str(self.path))}?mode={'ro' if read_only else 'rw'}"
        # a connection is never used by two threads at once, but not always by the same
        connection = sqlite3.connect(
            uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.create_aggregate("bit_or", 1, _BitOr)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # SQL of a rule or selector opens no other file
        connection.text_factory = methodcaller("decode", "utf-8", "backslashreplace")  # other tools write other bytes
        if not read_only:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def begin(self, connection: sqlite3.Connection, read_only: bool) -> None:
        """Take the write lock at once when writing, so that SQLite serialises claims."""
        connection.execute("PRAGMA query_only = 1" if read_only else "PRAGMA query_only = 0")
        connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def begin_scratch(self, connection: sqlite3.Connection) -> None:
        """Start a transaction that may make temporary tables; they lie in a file of their own."""
        connection.execute("PRAGMA query_only = 0")
        connection.execute("BEGIN")

    def error(self, failure: BaseException) -> DatabaseError | None:
        """A TransientDatabaseError for a busy file, else a DatabaseError; None for a failure outside of SQLite."""
        if not isinstance(failure, sqlite3.Error):
            return None
        words = one_line(str(failure))
        if isinstance(failure, sqlite3.OperationalError) and "locked" in words:
            return TransientDatabaseError(
                "the database is busy", where=self.where, todo="another pass writes; try again"
            )
        if "no such table" in words or "no such column" in words:
            return DatabaseError(words, where=self.where, todo="prodcli db status shows what is missing")
        if "too many attached" in words:
            return DatabaseError(
                "the SQL attaches another database", where=self.where, todo="ask one database; each role has its own"
            )
        if getattr(failure, "sqlite_errorname", "") == "SQLITE_READONLY_DBMOVED":
            return DatabaseError(
                "the file was moved or deleted while it was open",
                where=self.where,
                todo="run the command again when the file is back",
            )
        if "readonly" in words:
            return DatabaseError(
                "the database is read-only", where=self.where, todo="check the file's and folder's permissions"
            )
        if "unable to open" in words:
            return self._unopened()
        return DatabaseError(words, where=self.where)

    def _unopened(self, failure: OSError | None = None) -> DatabaseError:
        """The reason why the file cannot be opened; SQLite does not report too many open files.

        Another file is tried: closing this file a second time would end the locks of this process.
        """
        try:
            os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as other:
            failure = other
        words = f"the file cannot be opened{f': {failure.strerror}' if failure else ''}"
        todo = _TOO_MANY if failure and failure.errno in (errno.EMFILE, errno.ENFILE) else _PERMISSIONS
        return DatabaseError(words, where=self.where, todo=todo)


class _BitOr:
    """PostgreSQL's bit_or for SQLite."""

    def __init__(self) -> None:
        self.bits = 0

    def step(self, value: int | None) -> None:
        """Add a row."""
        self.bits |= value or 0

    def finalize(self) -> int:
        """The result."""
        return self.bits
