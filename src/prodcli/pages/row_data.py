"""Rows of a page as numbers, which a script of the page shows, so that thousands of rows stay small.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from prodcli.tables.table import Kind
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.pages.page_table import PageCell, PageTable

_MANY = 200  # rows; fewer are rows of HTML, which are read without a script


def data_of(table: PageTable) -> dict[str, Any] | None:
    """The rows of a table with many rows as data; None for a table with few."""
    if len(table.rows) <= _MANY:
        return None
    columns = list(zip(*table.rows, strict=True))
    kinds = [_kind(column.kind, cells) for column, cells in zip(table.columns, columns, strict=True)]
    values = [
        [_word(one) for one in cells] if kind == "word" else [one.order for one in cells]
        for kind, cells in zip(kinds, columns, strict=True)
    ]
    return {**row_data(kinds, values), "right": list(map(int, table.right))}


def row_data(kinds: Sequence[str], columns: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Columns as rows of numbers: a word as its place among all words, another cell as how much it is above the least one.

    The kinds are `word` (any cell), `number`, and times in seconds since 1970: `time` (shown without a zone) and `utc`.
    """
    words: dict[Any, int] = {}
    least = [0 if kind == "word" else _least(cells) for kind, cells in zip(kinds, columns, strict=True)]
    numbers = [
        [words.setdefault(one or "", len(words)) for one in cells]
        if kind == "word"
        else [None if one is None else one - low for one in cells]
        for kind, low, cells in zip(kinds, least, columns, strict=True)
    ]
    return {"kinds": kinds, "least": least, "words": list(words), "rows": list(zip(*numbers, strict=True))}


def _least(cells: Sequence[Any]) -> Any:
    return min((one for one in cells if one is not None), default=0)


def _kind(kind: Kind, cells: Sequence[PageCell]) -> str:
    """`number` or `utc` if that alone tells all cells of a column, else `word`."""
    if any(one.address or one.style or isinstance(one.order, str | float) for one in cells):
        return "word"
    if all(one.text == ("" if one.order is None else str(one.order)) for one in cells):
        return "number"
    is_time = kind is Kind.TIME and all(one.text == _clock(one.order) for one in cells)
    return "utc" if is_time else "word"


def _clock(order: Any) -> str:
    return "" if order is None else clock_time(order)


def _word(cell: PageCell) -> str | tuple[Any, ...]:
    """The text of a cell, or all about the cell where there is more: text, order, address, style, share."""
    order = None if isinstance(cell.order, str) else cell.order
    whole = (cell.text, order, cell.address, cell.style, cell.share)
    return whole if any(one is not None and one != "" for one in whole[1:]) else cell.text
