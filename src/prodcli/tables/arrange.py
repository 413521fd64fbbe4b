"""The rows and columns of a table that somebody asked for: sorted, the first ones, chosen columns.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prodcli.errors import UsageError
from prodcli.names import did_you_mean
from prodcli.tables.table import Cell, Table


def arranged(table: Table, sort: Sequence[str] = (), limit: int | None = None, columns: Sequence[str] = ()) -> Table:
    """The table sorted by keys (`-held`: descending), then its first rows, then only some columns.

    Raises UsageError for a key that the table does not have.
    """
    rows = list(table.rows)
    for word in reversed(sort):
        place = _place(table, word.removeprefix("-"), "--sort")
        rows = [rows[i] for i in order_of([row[place] for row in rows], word.startswith("-"))]
    kept = [_place(table, key, "--columns") for key in columns] or range(len(table.columns))
    return replace(
        table,
        columns=[table.columns[i] for i in kept],
        rows=[[row[i] for i in kept] for row in rows[:limit]],
        total=[table.total[i] for i in kept] if table.total else None,
    )


def order_of(cells: Sequence[Cell], descending: bool) -> list[int]:
    """The numbers of rows in the order of the cells of a column, equal ones as they were; empty cells are last."""
    known = [i for i, cell in enumerate(cells) if cell is not None]
    empty = [i for i, cell in enumerate(cells) if cell is None]

    def numbers_first(i: int) -> tuple[bool, float, str]:
        cell = cells[i]
        return (True, 0.0, cell) if isinstance(cell, str) else (False, float(cell or 0), "")

    return sorted(known, key=numbers_first, reverse=descending) + empty


def _place(table: Table, key: str, option: str) -> int:
    keys = table.keys
    if key in keys:
        return keys.index(key)
    raise UsageError(f"no column is called {key!r}{did_you_mean(key, keys, 'columns')}", where=option)
