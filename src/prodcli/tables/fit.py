"""Which columns of a table stand on a screen, how wide each is, and what a narrow one leaves out.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.tables.cells import NUMERIC, range_text, text_of
from prodcli.tables.table import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Cell, Table

BELOW = frozenset({Kind.PATH, Kind.PATHS, Kind.COMMAND})  # kinds that stand below their row, so that they can be copied
_BELOW_IN_PIPES = BELOW - {Kind.PATH}  # there a path is a column, for programs that read lines
_RARE = 2  # the level of columns that nobody misses
_LEAST_TEXT = 24  # letters of a text with several words, before columns are left out
_LONG = 40  # letters of a word that does not stand beside others on a narrow terminal


@dataclass(frozen=True)
class Field:
    """A column with its cells as texts; those of the total are last, if there is one."""

    column: Column
    cells: tuple[str, ...]
    values: tuple[Cell, ...]
    right: bool
    screen: int | None = None  # the width in which the name of a row must fit

    @property
    def natural(self) -> int:
        """The width without any fold."""
        return max(len(self.column.heading), *map(len, self.cells), 0)

    @property
    def heading_parts(self) -> list[str]:
        """The parts of the heading that stay whole."""
        return re.findall(r"[^ _]*[ _]?", self.column.heading)

    @property
    def least(self) -> int:
        """The least width in which neither a word nor a number is cut."""
        heading = max(len(part.rstrip()) for part in self.heading_parts)
        if self.column.kind not in (Kind.TEXT, Kind.DETAIL):
            return max(heading, *map(len, self.cells), 0)
        widest = max(map(len, self.cells), default=0)
        return max(min(heading, self.screen or heading), self.word, min(widest, _LEAST_TEXT))

    @property
    def word(self) -> int:
        """The length of the longest word; of one that is wider than the screen half the screen, in which it folds."""
        longest = max((len(word) for cell in self.cells for word in cell.split()), default=0)
        return longest if self.screen is None or longest <= self.screen else self.screen // 2


@dataclass(frozen=True)
class Fitted:
    """The columns side by side with their widths, those below each row, and what is not shown."""

    beside: tuple[Field, ...]
    widths: tuple[int, ...] = ()
    gap: int = 2
    below: tuple[Field, ...] = ()
    shared: tuple[str, ...] = ()  # texts that all rows share
    none: tuple[str, ...] = ()  # headings of columns that are zero or empty in all rows
    left_out: tuple[str, ...] = ()  # headings of columns for which the screen is too narrow


def fit(table: Table, screen: Screen) -> Fitted:
    """The columns that a screen shows; without a width all but those that are zero or empty in all rows."""
    fitted = _fitted(table, screen)
    first = fitted.beside[0] if fitted.beside else None
    if not table.total or first is None or first.cells[-1]:
        return fitted
    # the word of the total stands in the first column that is shown
    word = text_of(table.columns[0], table.total[0], screen)
    named = replace(first, cells=(*first.cells[:-1], word))
    widths = (max(fitted.widths[0], len(word)), *fitted.widths[1:])
    return replace(fitted, beside=(named, *fitted.beside[1:]), widths=widths)


def _fitted(table: Table, screen: Screen) -> Fitted:
    seen = [one for one in _places(table) if not _is_silent(table, one)]
    silent = [table.columns[i] for i in _places(table) if i not in seen]
    none = tuple(one.heading for one in silent if one.level < _RARE and _counts(table, one))
    fields = tuple(_field(table, place, screen) for place in seen)
    beside, below = _apart(fields, BELOW if screen.width is not None else _BELOW_IN_PIPES)
    if screen.width is None:
        return _wide(Fitted(beside, none=none, below=below))
    whole = Fitted(beside, none=none, below=below)
    if _width(whole) <= screen.width:
        return _wide(whole)
    for narrower in (_without_shared(table, whole), _details_below(_without_shared(table, whole))):
        whole = narrower
        if _width(whole) <= screen.width:
            return _wide(whole)
    places = {id(one.column): place for one, place in zip(fields, seen, strict=True)}
    short = tuple(_field(table, places[id(one.column)], screen, short=True) for one in whole.beside)
    return _spread(_narrowed(replace(whole, beside=short, gap=1), screen.width), screen.width)


def _places(table: Table) -> list[int]:
    """The places of columns that people see; those of ranges and folds are seen in other columns."""
    within = {key for one in table.columns for key in (one.to, one.folded)}
    return [i for i, one in enumerate(table.columns) if one.key not in within]


def _is_silent(table: Table, place: int) -> bool:
    """True for a column that is zero or empty in all rows, and need not be seen then."""
    column = table.columns[place]
    places = [place, *([table.keys.index(column.to)] if column.to in table.keys else [])]
    return column.drop_empty and bool(table.rows) and not any(row[i] for row in table.rows for i in places)


def _counts(table: Table, column: Column) -> bool:
    """True for a column of numbers: none of them is worth a word, where an empty text is not."""
    place = table.keys.index(column.key)
    return any(isinstance(row[place], int | float) for row in table.rows)


def _field(table: Table, place: int, screen: Screen, short: bool = False) -> Field:
    column = table.columns[place]
    rows = [*table.rows, *([table.total] if table.total else [])]
    values = tuple(row[place] for row in rows)
    cells = [text_of(column, value, screen, short) for value in values]
    if column.to in table.keys:
        end = table.keys.index(column.to)
        upper = [text_of(column, row[end], screen, short) for row in rows]
        cells = [range_text(low, high) for low, high in zip(cells, upper, strict=True)]
    if column.folded in table.keys:
        count = table.keys.index(column.folded)
        cells = [f"{cell} x{row[count]}" if row[count] else cell for cell, row in zip(cells, rows, strict=True)]
    right = _is_right(column, [row[place] for row in table.rows])
    return Field(column, tuple(cells), values, right, None if place else screen.width)


def _is_right(column: Column, cells: Sequence[Cell]) -> bool:
    if column.kind is Kind.TEXT:
        return bool(cells) and all(cell is None or isinstance(cell, int | float) for cell in cells)
    return column.kind in NUMERIC


def _apart(fields: tuple[Field, ...], kinds: Collection[Kind]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The columns beside each other, and those that stand below each row; something always stands beside."""
    beside = tuple(one for one in fields if one.column.kind not in kinds) or fields[:1]
    return beside, tuple(one for one in fields if one not in beside)


def _details_below(fitted: Fitted) -> Fitted:
    """With details below their rows."""
    details = tuple(one for one in fitted.beside[1:] if one.column.kind is Kind.DETAIL)
    beside = tuple(one for one in fitted.beside if one not in details)
    return replace(fitted, beside=beside, below=(*details, *fitted.below))


def _wide(fitted: Fitted) -> Fitted:
    return replace(fitted, widths=tuple(one.natural for one in fitted.beside))


def _width(fitted: Fitted, least: bool = False) -> int:
    widths = [one.least if least else one.natural for one in fitted.beside]
    return sum(widths) + fitted.gap * max(0, len(widths) - 1)


def _without_shared(table: Table, fitted: Fitted) -> Fitted:
    """Without columns that may stand in the title, if all rows say the same."""
    rows = len(table.rows)
    moved = [one for one in fitted.beside if one.column.shared and rows and len(set(one.cells[:rows])) == 1]
    kept = [one for one in fitted.beside if one not in moved]
    return replace(fitted, beside=tuple(kept), shared=tuple(one.cells[0] for one in moved if one.cells[0]))


def _narrowed(fitted: Fitted, width: int) -> Fitted:
    """With texts of very long words below their rows, and then without columns of the highest level."""
    while _width(fitted, least=True) > width and len(fitted.beside) > 1:
        long = [one for one in fitted.beside[1:] if one.column.kind is Kind.TEXT and one.least > _LONG]
        level = max(one.column.level for one in fitted.beside[1:])
        if long:
            gone = long[-1]
            fitted = replace(fitted, below=(gone, *fitted.below))
        elif level:
            gone = [one for one in fitted.beside[1:] if one.column.level == level][-1]
            fitted = replace(fitted, left_out=(gone.column.heading, *fitted.left_out))
        else:
            break
        fitted = replace(fitted, beside=tuple(one for one in fitted.beside if one is not gone))
    return fitted


def _spread(fitted: Fitted, width: int) -> Fitted:
    """Give each column its least width, and what is left to those that need the least more."""
    widths = [one.least for one in fitted.beside]
    spare = width - sum(widths) - fitted.gap * max(0, len(widths) - 1)
    for i in sorted(range(len(widths)), key=lambda i: fitted.beside[i].natural - widths[i]):
        more = max(0, min(spare, fitted.beside[i].natural - widths[i]))
        widths[i] += more
        spare -= more
    return replace(fitted, widths=tuple(widths))
