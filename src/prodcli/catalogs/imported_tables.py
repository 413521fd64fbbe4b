"""Rows of one database as a table for a query on another database.

The table is a temporary table where the session may write, else a part of the query's own WITH. Column types are those
of the source, if the source has types.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from prodcli.db.database import Database, Transaction
from prodcli.db.queries import Queries, Query
from prodcli.db.row_objects import Row
from prodcli.errors import DatabaseError
from prodcli.resources import sql_file
from prodcli.rules.sql_text import with_tables

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYS = ("runnumber", "run")  # columns to index a table by


@dataclass(frozen=True)
class Imported:
    """A table read from another database: columns with their types (empty: no type), and rows as JSON."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: str


@dataclass(frozen=True)
class Found:
    """The rows of a rule's query."""

    columns: tuple[str, ...]
    rows: list[Row]


def import_table(database: Database, name: str, sql: str, values: Sequence[object]) -> Imported:
    """Read a table from its own database; raises DatabaseError if the query fails or names a column twice."""

    def work(tx: Transaction) -> Imported:
        if tx.dialect == "sqlite":
            columns, rows = tx.statement(_put("sqlite", "rows", source=sql), values, name)
            _check(columns, name, database.where)
            records = [dict(zip(columns, row, strict=True)) for row in rows]
            return Imported(name, tuple((column, "") for column in columns), json.dumps(records))
        columns, _ = tx.statement(replace(_put("postgresql", "columns", source=sql), brought=sql), values, name)
        _check(columns, name, database.where)
        wanted = ", ".join(_put("postgresql", "type", column=column).sql for column in columns)
        _, types = tx.statement(_put("postgresql", "types", types=wanted, source=sql), values, name)
        _, rows = tx.statement(_put("postgresql", "rows", source=sql), values, name)
        return Imported(name, tuple(zip(columns, types[0], strict=True)), f"[{','.join(row[0] for row in rows)}]")

    return database.read(work)


def run_query(database: Database, sql: str, values: Sequence[object], tables: Sequence[Imported], name: str) -> Found:
    """Run a rule's query with its tables, reading only; raises DatabaseError if a statement fails."""
    own_query = Query(name, sql, (), frozenset(), sql)
    if not tables:
        return database.read(lambda tx: _found(tx, own_query, values))
    if database.dialect == "postgresql" and database.read(_may_write):
        return _beside(database, own_query, values, tables)
    own = ", ".join(_as_with(database.dialect, table) for table in tables)
    query = Query(name, with_tables(sql, own), (), frozenset(), sql)
    bound = [*(table.rows for table in tables), *values]
    return database.read(lambda tx: _found(tx, query, bound))


def _may_write(tx: Transaction) -> bool:
    return bool(tx.statement(_imports("postgresql")["may_write"], (), "may_write")[1][0][0])


def _beside(database: Database, query: Query, values: Sequence[object], tables: Sequence[Imported]) -> Found:
    """Run a query with temporary tables, which are dropped afterwards; the query itself only reads."""

    def make(tx: Transaction) -> None:
        drop(tx)
        for table in tables:
            fill = {"name": table.name, "definition": _definition(table)}
            tx.statement(_put("postgresql", "make_table", **fill), [table.rows], table.name)
            for column, _ in table.columns:
                if column in _KEYS:
                    tx.statement(_put("postgresql", "make_index", name=table.name, column=column), (), table.name)
            tx.statement(_put("postgresql", "analyze", name=table.name), (), table.name)

    def drop(tx: Transaction) -> None:
        for table in tables:
            tx.statement(_put("postgresql", "drop_table", name=table.name), (), table.name)

    database.scratch(make)
    try:
        return database.read(lambda tx: _found(tx, query, values))
    finally:
        database.scratch(drop)


def _found(tx: Transaction, query: Query, values: Sequence[object]) -> Found:
    columns, rows = tx.statement(query, values, query.name)
    return Found(tuple(columns), rows)


def _as_with(dialect: str, table: Imported) -> str:
    definition = _definition(table)
    if dialect == "sqlite":
        definition = ", ".join(_put("sqlite", "column", column=column).sql for column, _ in table.columns)
    return _put(dialect, "table", name=table.name, definition=definition).sql


def _definition(table: Imported) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in table.columns)


def _check(columns: Sequence[str], name: str, where: str) -> None:
    for number, column in enumerate(columns):
        if not _COLUMN.fullmatch(column) or column in columns[:number]:
            raise DatabaseError(
                f"the table {name} needs columns with plain names, each once, not {column!r:.60}", where=where
            )


@cache
def _imports(dialect: str) -> Queries:
    return Queries(sql_file(f"catalogs/imported_tables_{dialect}").read_text(), "")


def _put(dialect: str, query: str, **texts: str) -> Query:
    """Insert checked names, or a trusted rule's own SQL, at their places in a statement."""
    found = _imports(dialect)[query]
    sql = re.sub(r"/\* (\w+) \*/", lambda place: texts[place[1]], found.sql)
    return Query(query, sql, (), frozenset())
