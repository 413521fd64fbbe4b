"""A table as pages show it: texts for people, what sorts them, and the links behind them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.tables.cells import percent
from prodcli.tables.fit import Field, fit
from prodcli.tables.table import Cell, Column, Kind

if TYPE_CHECKING:
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Table

MISSED_BY_NOBODY = 6  # the level of columns that programs read, and pages do not show
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
    table: Table,
    screen: Screen,
    name: str,
    link: LinkOf = lambda key, row: "",
    caption: str = "",
    tabs: str = "",
    without: Collection[str] = (),
) -> PageTable:
    """The table for a page; columns that nobody misses, or that are zero or empty in every row, are left out.

    Times are exact, as a page is read long after it was made.
    """
    exact = [replace(one, kind=Kind.TIME) if one.kind is Kind.AGO else one for one in table.columns]
    fitted = fit(replace(table, columns=exact), screen)
    every = [*fitted.beside, *fitted.below]
    fields = [one for one in every if one.column.key not in without and one.column.level < MISSED_BY_NOBODY]
    named = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    rows = [[_cell(one, i, table.marks, link(one.column.key, row)) for one in fields] for i, row in enumerate(named)]
    return PageTable(
        name,
        [one.column for one in fields],
        [one.right for one in fields],
        rows,
        _total(fields, len(rows)) if table.total else (),
        caption or table.title,
        table.note,
        tabs if tabs in table.keys else "",
    )


def _total(fields: Sequence[Field], place: int) -> list[PageCell]:
    """The cells of the total, which is named in the first column."""
    cells = [_cell(one, place, {}, "") for one in fields]
    return [PageCell("total"), *cells[1:]]


def _cell(one: Field, place: int, marks: Mapping[str, str], address: str) -> PageCell:
    value = one.values[place]
    style = marks.get(str(value), one.column.style if value else "")
    if one.column.kind is Kind.BAR and isinstance(value, int | float):
        return PageCell(percent(value), value, address, style, float(value))
    return PageCell(one.cells[place].strip(), value, address if value else "", style)
