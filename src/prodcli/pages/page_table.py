"""A table as pages show it: texts for people, what sorts them, and the links behind them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.tables.cells import percent
from prodcli.tables.fit import Field, fit
from prodcli.tables.table import Cell, Column, Kind

if TYPE_CHECKING:
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Table

Row = Mapping[str, Cell]
LinkOf = Callable[[str, Row], str]  # where a cell leads to, by the key of its column and its row; empty: nowhere


@dataclass(frozen=True, slots=True)
class PageCell:
    """A cell: `order` sorts it, `share` is the length of its bar in percent."""

    text: str
    order: Cell = None
    address: str = ""
    style: str = ""
    share: float | None = None


@dataclass(frozen=True)
class PageTable:
    """A table of a page; `name` is how addresses call it, `tabs` the column whose values are shown as tabs."""

    name: str
    columns: Sequence[Column]
    right: Sequence[bool]
    rows: Sequence[Sequence[PageCell]]
    total: Sequence[PageCell] = ()
    caption: str = ""
    note: str = ""
    tabs: str = ""


def page_table(
    table: Table, screen: Screen, name: str, link: LinkOf = lambda key, row: "", caption: str = "", tabs: str = ""
) -> PageTable:
    """The table for a page, with all columns but those that are zero or empty in every row."""
    fitted = fit(table, screen)
    fields = [*fitted.beside, *fitted.below]
    named = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    rows = [[_cell(one, i, table.marks, link(one.column.key, row)) for one in fields] for i, row in enumerate(named)]
    last = len(table.rows)
    total = [_cell(one, last, {}, "") for one in fields] if table.total else []
    return PageTable(
        name,
        [one.column for one in fields],
        [one.right for one in fields],
        rows,
        total,
        caption or table.title,
        table.note,
        tabs if tabs in table.keys else "",
    )


def _cell(one: Field, place: int, marks: Mapping[str, str], address: str) -> PageCell:
    value = one.values[place]
    style = marks.get(str(value), one.column.style if value else "")
    if one.column.kind is Kind.BAR and isinstance(value, int | float):
        return PageCell(percent(value), value, address, style, float(value))
    return PageCell(one.cells[place].strip(), value, address if value else "", style)
