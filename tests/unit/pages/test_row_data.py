"""The rows of large tables as data: what a page shows of them is what the table has."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.pages.page_table import PageCell, PageTable, page_table
from prodcli.pages.row_data import data_of
from prodcli.tables.screen import Screen
from prodcli.tables.table import Cell, Column, Kind, Table
from prodcli.time_text import clock_time

MANY = 201
KINDS = (Kind.TEXT, Kind.COUNT, Kind.TIME, Kind.MEMORY, Kind.BAR, Kind.NUMBER)
NUMBERS = st.none() | st.integers(0, 2_000_000_000)
CELLS = {
    Kind.TEXT: st.none() | st.text(max_size=9) | st.integers(-9, 9),
    Kind.BAR: st.none() | st.floats(0, 100),
    Kind.NUMBER: st.none() | st.floats(0, 1e6) | st.integers(0, 9),
}


def shown(data: dict[str, Any]) -> list[list[PageCell]]:
    """The cells that the script of the page makes of data."""

    def cell(value: Any, kind: str, least: Any) -> PageCell:
        if kind != "word":
            order = None if value is None else value + least
            text = "" if order is None else str(order) if kind == "number" else clock_time(order)
            return PageCell(text, order)
        word = data["words"][value]
        return PageCell(word) if isinstance(word, str) else PageCell(*word)

    kinds, least = data["kinds"], data["least"]
    return [[cell(*one) for one in zip(row, kinds, least, strict=True)] for row in data["rows"]]


def without_sorting_texts(table: PageTable) -> list[list[PageCell]]:
    """The cells of a table; a text is sorted by itself."""
    return [
        [PageCell(one.text, None if isinstance(one.order, str) else one.order, *_rest(one)) for one in row]
        for row in table.rows
    ]


def _rest(cell: PageCell) -> tuple[str, str, float | None]:
    return cell.address, cell.style, cell.share


def table_of(columns: list[tuple[Kind, list[Cell]]]) -> PageTable:
    """A table of columns, some of whose cells lead somewhere."""
    heads = [Column(f"c{i}", kind=kind, style="red" if i == 1 else "") for i, (kind, _) in enumerate(columns)]
    rows = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
    return page_table(Table(heads, rows), Screen(0), "t", lambda key, row: f"{row[key]}.html" if key == "c2" else "")


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
    assert [row[0] for row in data["rows"]] == list(range(MANY))
