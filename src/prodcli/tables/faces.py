"""Tables as JSON and CSV (every row, every column, times as `2026-01-31T02:02:56Z`, numbers as numbers) and Markdown.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prodcli.tables.fit import fit
from prodcli.tables.table import Kind

if TYPE_CHECKING:
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Cell, Column, Table

_TIMES = (Kind.TIME, Kind.AGO)


def data_rows(table: Table) -> Iterator[dict[str, Cell]]:
    """The rows as data: the cells by the keys of their columns."""
    for row in table.rows:
        yield {one.key: data_of(one, cell) for one, cell in zip(table.columns, row, strict=True)}


def markdown(table: Table, screen: Screen) -> Iterator[str]:
    """The lines of a Markdown table, whose cells are as people read them; title and notes around it."""
    fitted = fit(table, screen)
    fields = (*fitted.beside, *fitted.below)
    for text in table.announced:
        yield f"> {escaped(text)}"
        yield ""
    if table.title or table.as_of:
        yield " ".join(filter(None, (f"**{escaped(table.title)}**" if table.title else "", escaped(table.as_of))))
        yield ""
    yield _markdown_row([one.column.heading for one in fields])
    yield "|".join(["", *(" ---: " if one.right else " --- " for one in fields), ""])
    for i in range(len(table.rows) + bool(table.total)):
        yield _markdown_row([one.cells[i] for one in fields])
    for text in filter(None, (*table.note.splitlines(), *table.hints)):
        yield ""
        yield escaped(text)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(escaped(' '.join(cell.split())) for cell in cells)} |"


def escaped(text: str) -> str:
    """The text without a letter that Markdown takes for markup."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)


def data_of(column: Column, cell: Cell) -> Cell:
    """A cell as data."""
    if column.kind in _TIMES and isinstance(cell, int | float):
        return exact_time(cell)
    return cell


def exact_time(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-31T02:02:56Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
