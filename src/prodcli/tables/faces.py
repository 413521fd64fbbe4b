"""Tables as JSON, CSV and Markdown: every row, every column, times as `2026-01-31T02:02:56Z`, numbers as numbers.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prodcli.tables.table import Kind

if TYPE_CHECKING:
    from prodcli.tables.table import Cell, Column, Table

_TIMES = (Kind.TIME, Kind.AGO)


def data_rows(table: Table) -> Iterator[dict[str, Cell]]:
    """The rows as data: the cells by the keys of their columns."""
    for row in table.rows:
        yield {one.key: data_of(one, cell) for one, cell in zip(table.described, row, strict=True)}


def data_of(column: Column, cell: Cell) -> Cell:
    """A cell as data."""
    if column.kind in _TIMES and isinstance(cell, int | float):
        return exact_time(cell)
    return cell


def exact_time(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-31T02:02:56Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
