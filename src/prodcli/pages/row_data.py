"""Rows of a page as numbers, which a script of the page shows, so that thousands of rows stay small.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from operator import add, ne
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from prodcli.tables.table import Kind
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.pages.page_table import PageCell, PageTable

SAME = "$"  # in an address: the text of the first cell of the row; no address has this letter
_MANY = 100  # rows; fewer are rows of HTML, which are read without a script
_NUMBER = re.compile(r"(?<![0-9])(0*)([1-9][0-9]{0,14})(?![0-9])")  # a script writes the second part as it was
_OFTEN = 4  # a pair is longer than so many cells
_SHORT = 6  # letters; a shape of so few spares nothing
_GAP = "\x01"  # in a shape: a number; texts of pages have no such letter


def data_of(table: PageTable) -> dict[str, Any] | None:
    """The rows of a table with many rows as data; None for a table with few."""
    if len(table.rows) <= _MANY:
        return None
    columns = list(zip(*table.rows, strict=True))
    firsts = [quote(one.text, safe="") for one in columns[0]]
    kinds = [_kind(column.kind, cells) for column, cells in zip(table.columns, columns, strict=True)]
    values = [
        list(map(_word, cells, firsts)) if kind == "word" else [one.order for one in cells]
        for kind, cells in zip(kinds, columns, strict=True)
    ]
    return {**row_data(kinds, values), "right": list(map(int, table.right))}


def row_data(kinds: Sequence[str], columns: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Columns of numbers: a word as its place among all words, a whole number as how much it is above the one before.

    The kinds are `word` (any cell), `number`, and times in seconds since 1970: `time` (shown without a zone) and `utc`.
    Cells that repeat the one above are a pair, the cell and how often. Words that differ in their numbers alone are a shape
    and the numbers.
    """
    words: dict[Any, int] = {}
    cells = [
        [words.setdefault(one or "", len(words)) for one in column] if kind == "word" else _steps(column)
        for kind, column in zip(kinds, columns, strict=True)
    ]
    told, shapes = _shaped(list(words))
    return {"kinds": kinds, "columns": list(map(_repeated, cells)), "words": told, "shapes": shapes}


def _steps(numbers: Sequence[int | None]) -> list[int | None]:
    found, last = [], 0
    for one in numbers:
        found.append(None if one is None else one - last)
        last = last if one is None else one
    return found


def _repeated(cells: Sequence[int | None]) -> list[Any]:
    found: list[Any] = []
    begin = 0
    for end in [*_changes(cells), len(cells)]:
        count = end - begin
        if count < _OFTEN:
            found += cells[begin:end]
        else:
            found.append((cells[begin], count))
        begin = end
    return found


def _changes(cells: Sequence[int | None]) -> list[int]:
    """The places of cells that differ from the one before."""
    return [place for place, differs in enumerate(map(ne, cells, cells[1:]), 1) if differs]


def _shaped(words: Sequence[str | tuple[Any, ...]]) -> tuple[list[Any], list[str]]:
    """Words, and the shapes that two or more of them have: `[shape, number, ...]` stands for a text."""
    texts = [one if isinstance(one, str) else one[0] for one in words]
    pieces = list(map(_NUMBER.split, texts))  # a text, zeros and a number again and again, and a text
    shapes = [_shape(some) if len(some) > 1 else text for text, some in zip(texts, pieces, strict=True)]
    counts = Counter(shapes)
    known: dict[str, int] = {}
    told = [
        [known.setdefault(shape, len(known)), *map(int, some[2::3])]
        if len(some) > 1 and len(shape) > _SHORT and counts[shape] > 1 and _GAP not in text
        else text
        for text, shape, some in zip(texts, shapes, pieces, strict=True)
    ]
    whole = [text if isinstance(word, str) else (text, *word[1:]) for text, word in zip(told, words, strict=True)]
    return whole, list(known)


def _shape(pieces: Sequence[str]) -> str:
    """A text with a gap in the place of each number."""
    return _GAP.join([*map(add, pieces[:-1:3], pieces[1::3]), pieces[-1]])


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


def _word(cell: PageCell, first: str) -> str | tuple[Any, ...]:
    """The text of a cell, or all about the cell where there is more: text, order, address, style, share."""
    order = None if isinstance(cell.order, str) else cell.order
    if order is None and not cell.address and not cell.style and cell.share is None:
        return cell.text
    return (cell.text, order, _address(cell.address, first), cell.style, cell.share)


def _address(address: str, first: str) -> str:
    """An address in which the text of the first cell of the row is a sign, so that many rows have the same address."""
    if not address:
        return ""
    path, mark, chosen = address.partition("#")
    parts = [
        f"{name}={SAME}" if first and value == first else f"{name}{equals}{value}"
        for name, equals, value in _split(chosen)
    ]
    return path + mark + "&".join(parts)


def _split(chosen: str) -> list[tuple[str, str, str]]:
    return [one.partition("=") for one in chosen.split("&")]
