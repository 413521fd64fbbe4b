"""The rows of large tables as data: what a page shows of them is what the table has."""

from dataclasses import replace
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.pages.links import rows
from prodcli.pages.page_table import PageCell, PageTable, Row, page_table
from prodcli.pages.row_data import data_of
from prodcli.tables.screen import Screen
from prodcli.tables.table import Cell, Column, Kind, Table
from prodcli.time_text import clock_time

MANY = 101
KINDS = (Kind.TEXT, Kind.COUNT, Kind.TIME, Kind.MEMORY, Kind.BAR, Kind.NUMBER)
NUMBERS = st.none() | st.integers(0, 2_000_000_000)
CELLS = {
    Kind.TEXT: st.none() | st.text(max_size=9) | st.integers(-9, 9),
    Kind.BAR: st.none() | st.floats(0, 100),
    Kind.NUMBER: st.none() | st.floats(0, 1e6) | st.integers(0, 9),
}


def shown(data: dict[str, Any]) -> list[list[PageCell]]:
    """The cells that the script of the page makes of data."""
    columns = [
        _words(cells, data) if kind == "word" else _numbers(cells, kind)
        for kind, cells in zip(data["kinds"], map(_every, data["columns"]), strict=True)
    ]
    return [[_with_first(one, row[0].text) for one in row] for row in zip(*columns, strict=True)]


def _every(cells: list[Any]) -> list[Any]:
    return [one for cell in cells for one in ([cell[0]] * cell[1] if isinstance(cell, tuple) else [cell])]


def _words(places: list[int], data: dict[str, Any]) -> list[PageCell]:
    def text(coded: Any) -> str:
        if isinstance(coded, str):
            return coded
        shape, *numbers = coded
        return "".join(
            f"{part}{number}"
            for part, number in zip_longest(data["shapes"][shape].split("\x01"), numbers, fillvalue="")
        )

    words = [data["words"][place] for place in places]
    return [PageCell(text(one[0]), *one[1:]) if isinstance(one, tuple) else PageCell(text(one)) for one in words]


def _numbers(cells: list[int | None], kind: str) -> list[PageCell]:
    found, last = [], 0
    for one in cells:
        last += one or 0
        text = "" if one is None else str(last) if kind == "number" else clock_time(last)
        found.append(PageCell(text, None if one is None else last))
    return found


def _with_first(cell: PageCell, first: str) -> PageCell:
    return replace(cell, address=cell.address.replace("$", quote(first, safe="")))


def without_sorting_texts(table: PageTable) -> list[list[PageCell]]:
    """The cells of a table; a text is sorted by itself."""
    return [
        [PageCell(one.text, None if isinstance(one.order, str) else one.order, *_rest(one)) for one in row]
        for row in table.rows
    ]


def _rest(cell: PageCell) -> tuple[str, str, float | None]:
    return cell.address, cell.style, cell.share


def _link(key: str, row: Row) -> str:
    return rows("t.html", "t", c0=row["c0"], c2=row["c2"]) if key == "c2" else ""


def table_of(columns: list[tuple[Kind, list[Cell]]]) -> PageTable:
    """A table of columns, some of whose cells lead somewhere."""
    heads = [Column(f"c{i}", kind=kind, style="red" if i == 1 else "") for i, (kind, _) in enumerate(columns)]
    cells = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
    return page_table(Table(heads, cells), Screen(0), "t", _link)


@given(st.data())
def test_a_page_shows_what_the_table_has(draw: st.DataObject) -> None:
    kinds = draw.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    some = [draw.draw(st.lists(CELLS.get(kind, NUMBERS), min_size=5, max_size=5)) for kind in kinds]
    table = table_of([(kind, (cells * MANY)[:MANY]) for kind, cells in zip(kinds, some, strict=True)])
    data = data_of(table)
    assert data is not None
    assert shown(data) == without_sorting_texts(table)


def test_few_rows_are_html() -> None:
    assert data_of(table_of([(Kind.COUNT, [1] * (MANY - 1))])) is None


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.TIME])
def test_numbers_and_times_are_small(kind: Kind) -> None:
    data = data_of(table_of([(kind, [1_780_000_000 + i for i in range(MANY)])]))
    assert data is not None
    assert data["words"] == []
    assert data["columns"] == [[1_780_000_000, (1, MANY - 1)]]


def test_words_that_differ_in_numbers_share_a_shape() -> None:
    texts: list[Cell] = [f"slot1_{i} of spool{i:04} used {i} MB" for i in range(MANY)]
    data = data_of(table_of([(Kind.TEXT, texts)]))
    assert data is not None
    assert data["shapes"][1] == "slot\x01_\x01 of spool00\x01 used \x01 MB"
    assert [cell.text for (cell,) in shown(data)] == texts


def test_addresses_of_all_rows_are_one() -> None:
    data = data_of(table_of([(Kind.COUNT, [*range(MANY)]), (Kind.TEXT, ["x"] * MANY), (Kind.COUNT, [777] * MANY)]))
    assert data is not None
    assert data["words"][-1] == ("777", 777, "t.html#t.c0=$&t.c2=777", "", None)
