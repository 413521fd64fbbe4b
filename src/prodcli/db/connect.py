"""From a database URL to a Database: `sqlite:///file.db`, `odbc:DSN=...`, `odbc:DRIVER=...;SERVER=...`."""

import re
import sqlite3
import urllib.parse
from operator import methodcaller
from pathlib import Path
from typing import Any

from prodcli.db.database import Database, Driver
from prodcli.errors import ConfigError, DatabaseError, TransientDatabaseError, one_line

_BUSY_SECONDS = 10.0
_PERMISSIONS = "check its and its folder's permissions"
# SQLSTATEs; source: the PostgreSQL manual, appendix A.
_TRANSIENT = {"40001", "40P01", "53300"}
_CONNECTION_LOST = {"57P01", "57P02", "57P03", "08001", "08003", "08006", "08S01"}
# A server that refuses a session says FATAL; only these refusals pass with time. psqlodbc calls all of them 08001.
_PASSING = re.compile(r"starting up|shutting down|recovery|too many|connection slots|terminating")
_PASSWORD = re.compile(r"(?i)(\b(?:pwd|password)\s*=\s*)(\{(?:[^}]|\}\})*\}|[^;]*)|(?<=:)(//[^/@:]*:)\S*(?=@)")


def open_database(url: str, read_only: bool = False) -> Database:
    """Make a Database of a URL; nothing is connected yet. Raises ConfigError for a URL of another kind."""
    return Database(_driver(url), read_only)


def hide_password(url: str) -> str:
    """The URL as it may be shown."""
    return _PASSWORD.sub(r"\1\3***", url)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for another kind."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _driver(url: str) -> Driver:
    path = sqlite_path(url)
    if path is not None:
        return SQLite(path)
    if url.startswith("odbc:") and "=" in url:
        return PostgreSQL(url.removeprefix("odbc:"))
    raise ConfigError(
        f"{hide_password(url)!r} is not a database URL",
        todo="write sqlite:///file.db, odbc:DSN=name or odbc:DRIVER=...;SERVER=...",
    )


class SQLite:
    """The embedded default, from the standard library."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = f"SQLite {path}"

    def open(self, read_only: bool) -> sqlite3.Connection:
        """Open the file; a missing one is never made here."""
        try:
            there = self.path.is_file()
        except OSError as failure:
            raise DatabaseError(
                f"the file cannot be opened: {failure.strerror}", where=self.where, todo=_PERMISSIONS
            ) from None
        if not there:
            raise DatabaseError("the file does not exist", where=self.where, todo="prodcli db init makes it")
        uri = f"file:{urllib.parse.quote(str(self.path))}?mode={'ro' if read_only else 'rw'}"
        # a connection is never used by two threads at once, but not always by the same
        connection = sqlite3.connect(
            uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.create_aggregate("bit_or", 1, _BitOr)
        connection.text_factory = methodcaller("decode", "utf-8", "backslashreplace")  # other tools write other bytes
        if not read_only:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def begin(self, connection: sqlite3.Connection, read_only: bool) -> None:
        """Take the write lock at once when writing: SQLite's way of serialising claims."""
        connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    def begin_scratch(self, connection: sqlite3.Connection) -> None:
        """Temporary tables lie in a file of their own."""
        connection.execute("BEGIN")

    def error(self, failure: Exception) -> DatabaseError | None:
        """Busy is transient, all else is final."""
        if not isinstance(failure, sqlite3.Error):
            return None
        words = one_line(str(failure))
        if isinstance(failure, sqlite3.OperationalError) and "locked" in words:
            return TransientDatabaseError(
                "the database is busy", where=self.where, todo="another pass writes; try again"
            )
        if "no such table" in words or "no such column" in words:
            return DatabaseError(words, where=self.where, todo="prodcli db status shows what is missing")
        if "readonly" in words:
            return DatabaseError(
                "the database is read-only", where=self.where, todo="check the file's and folder's permissions"
            )
        if "unable to open" in words:
            return DatabaseError("the file cannot be opened", where=self.where, todo=_PERMISSIONS)
        return DatabaseError(words, where=self.where)


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


class PostgreSQL:
    """PostgreSQL through ODBC."""

    dialect = "postgresql"

    def __init__(self, connection_string: str) -> None:
        self.connection_string = connection_string
        self.where = f"PostgreSQL {hide_password(connection_string)}"

    def open(self, read_only: bool) -> Any:
        """Connect; the session speaks UTC and, for reading, refuses to write."""
        pyodbc = self._pyodbc()
        connection = pyodbc.connect(self.connection_string, autocommit=True, timeout=20)
        cursor = connection.cursor()
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET application_name = 'prodcli'")
        cursor.execute("SET work_mem = '64MB'")  # what triggers see of a chunk, and its sorting, stay in memory
        cursor.execute("SET jit = off")  # compiling costs a second, and our statements gain nothing from it
        if read_only:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        cursor.close()
        return connection

    def begin(self, connection: Any, read_only: bool) -> None:
        """Start a transaction."""
        connection.cursor().execute("BEGIN READ ONLY" if read_only else "BEGIN").close()

    def begin_scratch(self, connection: Any) -> None:
        """Start a transaction that may write whatever the session's default is."""
        connection.cursor().execute("BEGIN READ WRITE").close()

    def error(self, failure: Exception) -> DatabaseError | None:
        """Translate by SQLSTATE."""
        if not isinstance(failure, self._pyodbc().Error):
            return None
        state = str(failure.args[0]) if failure.args else ""
        words = _driver_words(failure)
        if "FATAL:" in words and not _PASSING.search(words):
            return DatabaseError(words, where=self.where, todo="check database, user and password")
        if state in _CONNECTION_LOST or "server closed the connection" in words or "terminating connection" in words:
            return TransientDatabaseError(words, where=self.where, todo="is the server up?", connection_lost=True)
        if state in _TRANSIENT:
            return TransientDatabaseError(words, where=self.where)
        if state in ("42P01", "42703", "42S02", "42S22"):
            return DatabaseError(words, where=self.where, todo="prodcli db status shows what is missing")
        if state in ("25006", "42501"):
            return DatabaseError(words, where=self.where, todo="this role may not write here")
        if state in ("IM002", "01000", "IM003"):
            return DatabaseError(words, where=self.where, todo="check DSN or DRIVER against odbcinst -q -d and -q -s")
        return DatabaseError(words, where=self.where)

    def _pyodbc(self) -> Any:
        try:
            import pyodbc
        except ImportError as missing:
            raise DatabaseError(
                f"pyodbc cannot be loaded: {missing}", where=self.where, todo="install unixODBC and pip install pyodbc"
            ) from None
        return pyodbc


def _driver_words(failure: Exception) -> str:
    """The message of an ODBC failure without its frame: `[HY000] [maker][driver] ERROR: words;\\nError while ... (7)`."""
    words = str(failure.args[1]) if len(failure.args) > 1 else str(failure)
    words = words.split(";\nError while", 1)[0]
    words = re.sub(r"^(\[[^\]]*\]\s*)+", "", words)
    return one_line(re.sub(r"\s*\(\d+\)\s*(\(SQL\w+\))?$", "", words)) or type(failure).__name__
