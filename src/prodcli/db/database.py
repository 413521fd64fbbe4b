"""A database session: reading and writing transactions, named queries, retries of transient failures."""

import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from prodcli.db.queries import Query, queries
from prodcli.db.row_objects import Row, maker
from prodcli.db.sql_functions import called
from prodcli.driver_waits import tell, told_if_long, waiting
from prodcli.errors import ConfigError, DatabaseError, TransientDatabaseError

log = logging.getLogger(__name__)
T = TypeVar("T")
Item = TypeVar("Item")
Trace = Callable[[str, str], None]  # gets a query's name and its text with the bound values
_FETCH = 20_000
_TRIES = 6
_FIRST_PAUSE = 0.2  # seconds; doubles with each try, up to 2.0
_MARK = re.compile(r"'[^']*'|\?")


class Driver(Protocol):
    """The differences between the two drivers."""

    dialect: str
    where: str

    def open(self, read_only: bool) -> Any:
        """Connect in autocommit mode; the session speaks UTC."""

    def begin(self, connection: Any, read_only: bool) -> None:
        """Start a transaction."""

    def begin_scratch(self, connection: Any) -> None:
        """Start a transaction that may make temporary tables although the session only reads."""

    def error(self, failure: BaseException) -> DatabaseError | None:
        """Translate a failure of the driver; None for another failure."""


class Transaction:
    """Runs named queries on an open transaction."""

    def __init__(self, connection: Any, dialect: str, trace: Trace | None = None) -> None:
        self._connection = connection
        self.dialect = dialect
        self._trace = trace

    def named(self, query: str) -> Query:
        """A query by name."""
        return queries(self.dialect)[query]

    def rows(self, query: str | Query, /, **values: object) -> Iterator[Row]:
        """Run a query and yield its rows, fetched by the ten thousand."""
        cursor = self._execute(query, values)
        while batch := self._fetch(cursor):
            yield from batch
        cursor.close()

    def rows_as(self, make: Callable[..., T], query: str | Query, /, **values: object) -> Iterator[T]:
        """Run a query and yield `make`, a class or a function, of each row, with the columns as named arguments.

        Raises TypeError if the columns are not the parameters of `make`.
        """
        cursor = self._execute(query, values)
        made = maker(make, [str(column[0]) for column in cursor.description])
        while batch := self._fetch(cursor):
            yield from made(batch)
        cursor.close()

    def column(self, query: str | Query, /, **values: object) -> Iterator[Any]:
        """Run a query of one column and yield its values; raises ValueError for a query of several."""
        for (value,) in self.rows(query, **values):
            yield value

    def value(self, query: str, /, **values: object) -> Any:
        """Run a query of one column and return the value of its first row; None without rows."""
        return next(self.column(query, **values), None)

    def one(self, query: str, /, **values: object) -> Row | None:
        """Run a query and return its first row."""
        return next(self.rows(query, **values), None)

    def run(self, query: str, /, **values: object) -> int:
        """Run a statement; returns the number of affected rows."""
        cursor = self._execute(query, values)
        count = int(cursor.rowcount)
        cursor.close()
        return count

    def prefer_lookups(self) -> None:
        """Let the rest of the transaction look rows up by an index where a server may rather read a whole table."""
        self.run("prefer_lookups")

    def statement(self, query: Query, values: Sequence[object], name: str) -> tuple[list[str], list[Row]]:
        """Run a statement built at run time; returns its columns and rows, none for a statement without rows."""
        self._refuse_acts(query)
        if self._trace is not None:
            self._trace(name, print_query(query.sql, values))
        cursor = self._ask(query.sql, list(values))
        columns = [str(column[0]) for column in cursor.description or ()]
        with waiting(self._canceller(cursor)):
            rows = cursor.fetchall() if columns else []
        cursor.close()
        return columns, rows

    def script(self, sql: str) -> None:
        """Run one statement of a migration unchanged."""
        self._ask(sql).close()

    def _execute(self, wanted: str | Query, values: dict[str, object]) -> Any:
        query = self.named(wanted) if isinstance(wanted, str) else wanted
        self._refuse_acts(query)
        bound = query.bind(values)
        if self._trace is not None:
            self._trace(query.name, print_query(query.sql, bound))
        return self._ask(query.sql, bound)

    def _refuse_acts(self, query: Query) -> None:
        """Raise ConfigError for SQL of a rule or selector that calls functions beyond a read-only transaction."""
        if not query.brought or self.dialect == "sqlite":
            return
        try:
            names = called(query.brought)
        except ValueError as failure:
            raise ConfigError(str(failure), where=query.name) from None
        acts = sorted(name for (name,) in self.rows("functions_that_act", names=sorted(names))) if names else []
        if acts:
            raise ConfigError(
                f"SQL of a rule or selector calls {', '.join(acts)}, which may do more than read",
                where=query.name,
                todo="see docs/rules.md, Constraints",
            )

    def _ask(self, sql: str, *bound: Sequence[object]) -> Any:
        cursor = self._connection.cursor()
        with waiting(self._canceller(cursor)):
            return cursor.execute(sql, *bound)

    def _fetch(self, cursor: Any) -> list[Row]:
        with waiting(self._canceller(cursor)):
            batch: list[Row] = cursor.fetchmany(_FETCH)
        return batch

    def _canceller(self, cursor: Any) -> Callable[[], object]:
        """The function that cancels a statement from another thread.

        Of the connection in sqlite3, of the cursor in pyodbc.
        """
        cancel: Callable[[], object] = self._connection.interrupt if self.dialect == "sqlite" else cursor.cancel
        return cancel


class Database:
    """One database, connected at its first statement and reused; with `read_only` the server refuses writes."""

    def __init__(self, driver: Driver, read_only: bool = False) -> None:
        self._driver = driver
        self._read_only = read_only
        self._connection: Any = None
        self.trace: Trace | None = None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._driver.dialect

    @property
    def where(self) -> str:
        """The name of the database in messages, without passwords."""
        return self._driver.where

    def another(self) -> "Database":
        """The same database over a new connection, for another thread."""
        other = Database(self._driver, self._read_only)
        other.trace = self.trace
        return other

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a read-only transaction; repeated after a transient failure."""
        return self._retried(lambda: self._transact(work, read_only=True))

    def scratch(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction that may make temporary tables, even in a reading session."""

        def attempt() -> T:
            with self._translated():
                connection = self._connect()
                with waiting():
                    self._driver.begin_scratch(connection)
                return self._finish(connection, work)

        return self._retried(attempt)

    def write(self, work: Callable[[Transaction], T], committed: Callable[[Transaction], T | None] | None = None) -> T:
        """Run `work` in one transaction and commit; repeated after a transient failure.

        If the connection is lost during COMMIT, `committed` finds out whether the work was written: its answer is the
        result, None means no. Without `committed`, `work` must be safe to repeat.
        """

        def attempt() -> T:
            if attempt_number[0] and committed is not None:
                known = self._transact(committed, read_only=True)
                if known is not None:
                    return known
            attempt_number[0] += 1
            return self._transact(work, read_only=False)

        attempt_number = [0]
        return self._retried(attempt)

    @contextmanager
    def autocommit(self) -> Iterator[Transaction]:
        """Run statements that may not stand in a transaction (indexes built beside live work)."""
        with self._translated():
            yield Transaction(self._connect(), self.dialect, self.trace)

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with self._translated(), waiting():
                connection.close()

    def _transact(self, work: Callable[[Transaction], T], read_only: bool) -> T:
        with self._translated():
            return self._finish(self._begun(read_only), work)

    def _finish(self, connection: Any, work: Callable[[Transaction], T]) -> T:
        with self._undone_by_failure(connection) as tx:
            result = work(tx)
            with waiting():
                connection.cursor().execute("COMMIT").close()
        return result

    @contextmanager
    def _undone_by_failure(self, connection: Any) -> Iterator[Transaction]:
        """A transaction that is rolled back if it fails, COMMIT included.

        If the rollback fails, too, the connection is lost, whatever the driver said of the first failure.
        """
        try:
            yield Transaction(connection, self.dialect, self.trace)
        except BaseException as failure:
            lost = self._roll_back(connection)
            if lost is not None and self._driver.error(failure) is not None:
                raise lost from failure
            raise

    def _roll_back(self, connection: Any) -> TransientDatabaseError | None:
        """Roll a failed transaction back; returns the failure if the connection is lost."""
        try:
            with waiting():
                connection.cursor().execute("ROLLBACK").close()
        except Exception as failure:
            error = self._driver.error(failure)
            if error is None:
                raise
            self._drop()
            return error if isinstance(error, TransientDatabaseError) and error.connection_lost else None
        return None

    def _begun(self, read_only: bool) -> Any:
        connection = self._connect()
        with waiting():
            self._driver.begin(connection, read_only)
        return connection

    def _connect(self) -> Any:
        if self._connection is None:
            with waiting(), told_if_long(f"{self.where} has not answered yet"):
                self._connection = self._driver.open(self._read_only)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                with waiting():
                    connection.close()
        except Exception as failure:
            if self._driver.error(failure) is None:
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Exception as failure:
            error = self._driver.error(failure)
            if error is None:
                raise
            if isinstance(error, TransientDatabaseError) and error.connection_lost:
                self._drop()
            raise error from failure

    def _retried(self, work: Callable[[], T]) -> T:
        for number in range(1, _TRIES + 1):
            try:
                return work()
            except TransientDatabaseError as failure:
                if number == _TRIES:
                    raise
                pause = min(2.0, _FIRST_PAUSE * 2 ** (number - 1)) * (0.5 + random.random())  # noqa: S311 - jitter
                log.info("%s; trying again in %.1f s", failure, pause)
                trouble = "does not answer" if failure.connection_lost else failure.what
                tell(f"{self.where}: {trouble}, retrying ({number + 1} of {_TRIES})")
                time.sleep(pause)
        raise AssertionError("unreachable")


def chunks_of(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Cut a list into chunks, one statement each."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def print_query(sql: str, values: Sequence[object]) -> str:
    """A statement with its values filled in, for people to read and run; long values stay whole."""
    words = iter([_literal(value) for value in values])
    return _MARK.sub(lambda found: next(words) if found[0] == "?" else found[0], sql) + ";"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
