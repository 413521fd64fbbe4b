"""PostgreSQL through ODBC: equal sessions for any data source, and the meaning of failures."""

import re
from dataclasses import dataclass
from typing import Any

from prodcli.errors import DatabaseError, TransientDatabaseError, one_line

# SQLSTATEs; source: the PostgreSQL manual, appendix A.
_TRANSIENT = {"40001", "40P01", "53300"}
_CONNECTION_LOST = {"57P01", "57P02", "57P03", "08001", "08003", "08006", "08S01"}
# What libpq and psqlodbc say of a lost connection, often under the SQLSTATE of any failure, HY000.
_LOST = re.compile(
    r"server closed the connection|terminating connection|connection( has been|) lost|no connection to the server"
    r"|could not (send|receive) |communication error|communication down|SSL (SYSCALL|connection has been closed)"
    r"|did not supply an error"
)
# A server that refuses a session says FATAL; only these refusals pass with time. psqlodbc calls all of them 08001.
_PASSING = re.compile(r"starting up|shutting down|recovery|too many|connection slots|terminating")
# The kernel looks after half a minute of silence whether the other end is still there. A URL may say otherwise.
_KEEPALIVE = "KeepaliveTime=30;KeepaliveInterval=10"
# Options of psqlodbc on which results depend; the last word holds, so that neither data source nor URL changes them.
# Protocol: no savepoint before each statement, as a transaction here is done or undone as a whole.
_OPTIONS = "ReadOnly=0;UseDeclareFetch=0;Protocol=7.4-0;BoolsAsChar=1;TrueIsMinus1=0;LFConversion=0;BI=0;NumericAs=2;IgnoreTimeout=0"
_ANSI = ("psqlodbca", "psqlodbc30a", "psqlodbc35a")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The time limits of a server in seconds; 0 for a statement is no limit."""

    login: int = 20
    statement: int = 0


class PostgreSQL:
    """PostgreSQL through ODBC."""

    dialect = "postgresql"

    def __init__(self, connection_string: str, where: str, timeouts: Timeouts) -> None:
        self._connection_string = connection_string
        self.where = where
        self._timeouts = timeouts

    def open(self, read_only: bool) -> Any:
        """Connect with the time zone UTC; a session for reading refuses to write. Raises DatabaseError for the ANSI driver."""
        pyodbc = self._pyodbc()
        words = f"{_KEEPALIVE};{self._connection_string.rstrip('; ')};{_OPTIONS}"
        connection = pyodbc.connect(words, autocommit=True, timeout=self._timeouts.login)
        if connection.getinfo(pyodbc.SQL_DRIVER_NAME).lower().startswith(_ANSI):
            connection.close()
            raise DatabaseError(
                "this is the ANSI driver, which garbles texts",
                where=self.where,
                todo="name the driver PostgreSQL Unicode",
            )
        cursor = connection.cursor()
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET datestyle = 'ISO, MDY'")
        cursor.execute("SET standard_conforming_strings = on")
        cursor.execute("SET application_name = 'prodcli'")
        cursor.execute("SELECT set_config('statement_timeout', ?, false)", f"{self._timeouts.statement}s")
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
        """Start a transaction that may write, whatever the session's default is."""
        connection.cursor().execute("BEGIN READ WRITE").close()

    def error(self, failure: BaseException) -> DatabaseError | None:
        """Translate a failure by its SQLSTATE."""
        if not isinstance(failure, self._pyodbc().Error):
            return None
        state = str(failure.args[0]) if failure.args else ""
        words = _driver_words(failure)
        if "FATAL:" in words and not _PASSING.search(words):
            return DatabaseError(words, where=self.where, todo="check database, user and password")
        if state in _CONNECTION_LOST or _LOST.search(words):
            return TransientDatabaseError(words, where=self.where, todo="is the server up?", connection_lost=True)
        if "statement timeout" in words:
            return DatabaseError(
                words, where=self.where, todo="prodcli.yaml sets the limit: timeouts.report or timeouts.plan"
            )
        if state in _TRANSIENT:
            return TransientDatabaseError(words, where=self.where)
        if state in ("42P01", "42703", "42S02", "42S22"):
            return DatabaseError(words, where=self.where, todo="prodcli db status shows what is missing")
        if state == "25006":
            return DatabaseError(words, where=self.where, todo="this server or role only reads; passes need the master")
        if state == "42501":
            return DatabaseError(words, where=self.where, todo="prodcli config check shows what this role may do")
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
    r"""The message of an ODBC failure without its frame: `[HY000] [maker][driver] ERROR: words;\nError while ...

    (7)`.
    """
    words = str(failure.args[1]) if len(failure.args) > 1 else str(failure)
    words = words.split(";\nError while", 1)[0]
    words = re.sub(r"^(\[[^\]]*\]\s*)+", "", words)
    return one_line(re.sub(r"\s*\(\d+\)\s*(\(SQL\w+\))?$", "", words)) or type(failure).__name__
