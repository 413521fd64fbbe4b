"""Cells as people read them: one line each, by the kind of their column.

Pure: data in, data out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.errors import one_line
from prodcli.sizes import bytes_in_words
from prodcli.tables.table import Kind
from prodcli.time_text import ago, clock_time, lasted, short_ago, short_length

if TYPE_CHECKING:
    from prodcli.tables.screen import Screen
    from prodcli.tables.table import Cell, Column

NUMERIC = frozenset({Kind.COUNT, Kind.NUMBER, Kind.PERCENT, Kind.DURATION, Kind.BYTES, Kind.MEMORY})
_BAR, _SHORT_BAR = 12, 6  # letters of a bar


def text_of(column: Column, cell: Cell, screen: Screen, short: bool = False) -> str:
    """A cell as text, empty for None; the short form is for narrow terminals."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        depth = len(cell) - len(cell.lstrip(" ")) if column.kind is Kind.TREE else 0
        return " " * depth + one_line(cell)
    return _number(column.kind, cell, screen, short)


def range_text(low: str, high: str) -> str:
    """Both ends of a range: `40-200 MB`, or one of them if both say the same."""
    if not low or not high or low == high:
        return low or high
    number, _, unit = low.partition(" ")
    one_unit = unit and " " not in unit and high.partition(" ")[2] == unit
    return f"{number}-{high}" if one_unit else f"{low}-{high}"


def percent(share: float) -> str:
    """A share of 0 to 100: never `0%` for some, or `100%` for not all."""
    if 0 < share < 1:
        return "<1%"
    return ">99%" if 99 < share < 100 else f"{share:.0f}%"


def _number(kind: Kind, cell: float, screen: Screen, short: bool) -> str:
    match kind:
        case Kind.PERCENT:
            return percent(cell)
        case Kind.BAR:
            return f"{_bar(cell, _SHORT_BAR if short else _BAR, screen.plain)} {percent(cell):>4}"
        case Kind.LENGTH:
            return _bar(cell, _SHORT_BAR if short else _BAR, screen.plain)
        case Kind.TIME:
            return clock_time(int(cell), screen.zone)
        case Kind.AGO:
            return (short_ago(int(cell), screen.now)) if short else ago(int(cell), screen.now, screen.zone)
        case Kind.DURATION:
            return short_length(cell) if short else lasted(cell)
        case Kind.BYTES:
            return bytes_in_words(int(cell))
        case Kind.MEMORY:
            return f"{cell:.0f} MB"
    return _measured(cell) if isinstance(cell, float) else str(cell)


def _measured(number: float) -> str:
    """`2.5`; never `0.0` for some."""
    return f"{number:.1g}" if 0 < number < 0.05 else f"{number:.1f}"


def _bar(share: float, letters: int, plain: bool) -> str:
    """`██████      `: a letter for some, and no full bar for not all."""
    whole = round(share * letters / 100)
    if 0 < share < 100:
        whole = min(max(whole, 1), letters - 1)
    return f"{('#' if plain else '█') * whole:{letters}}"
