"""Sessions of PostgreSQL that commands in a test's own process take over from one another.

A new session costs the server as much as ten short statements. prodcli has opened each of them. Before the next command
takes it, it is rolled back, its temporary tables go, and it is asked whether it lives. Commands that run as processes of
their own open their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

from prodcli.db.postgresql import PostgreSQL

MOST = 40  # that wait, of the two hundred that a server takes
_OPEN = PostgreSQL.open
# Those that wait, the newest last, each with what was asked for: connection string, time limits, read-only.
_IDLE: list[tuple[tuple[str, Any, bool], Any]] = []


class KeptSession:
    """A session of a command, which waits for the next command when it is closed."""

    def __init__(self, asked: tuple[str, Any, bool], session: Any) -> None:
        self._asked, self._session = asked, session

    def cursor(self) -> Any:
        """A cursor of the session."""
        return self._session.cursor()

    def close(self) -> None:
        """End what the command began, and wait; a session that cannot is closed."""
        if _answers(self._session, "ROLLBACK; DISCARD TEMP"):
            _IDLE.append((self._asked, self._session))
            while len(_IDLE) > MOST:
                _close(_IDLE.pop(0)[1])
        else:
            _close(self._session)


@contextmanager
def sessions_kept() -> Iterator[None]:
    """Let databases take sessions over, unless a test looks how they are opened."""
    if PostgreSQL.open is not _OPEN:
        yield
        return
    with patch.object(PostgreSQL, "open", _take):
        yield


def sessions_of(database: str) -> list[Any]:
    """The sessions on a database that wait and live; what they have read and written is counted from now on."""
    for session in _waiting(database):
        if not _answers(session, "SELECT pg_stat_force_next_flush()"):
            close_sessions(database)
    return _waiting(database)


def close_sessions(database: str) -> None:
    """Close the sessions on a database that wait."""
    ended = _waiting(database)
    _IDLE[:] = [one for one in _IDLE if one[1] not in ended]
    for session in ended:
        _close(session)


def _waiting(database: str) -> list[Any]:
    """The sessions on a database that wait."""
    return [session for (words, *_), session in _IDLE if f"DATABASE={database};" in f"{words};"]


def _take(driver: PostgreSQL, read_only: bool) -> Any:
    """The newest session that waits for a driver, or a new one; stands for PostgreSQL.open."""
    asked = driver._connection_string, driver._timeouts, read_only
    for one in reversed(_IDLE.copy()):
        if one[0] == asked:
            _IDLE.remove(one)
            if _answers(one[1], "SELECT 1"):
                return KeptSession(asked, one[1])
            _close(one[1])
    return KeptSession(asked, _OPEN(driver, read_only))


def _answers(session: Any, statement: str) -> bool:
    """True if a session carries a statement out."""
    import pyodbc

    with suppress(pyodbc.Error):
        session.cursor().execute(statement).close()
        return True
    return False


def _close(session: Any) -> None:
    """Close a session, which the server may have ended."""
    import pyodbc

    with suppress(pyodbc.Error):
        session.close()
