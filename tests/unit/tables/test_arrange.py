"""Sorted, the first rows, chosen columns."""

import pytest

from prodcli.errors import UsageError
from prodcli.tables.arrange import arranged
from prodcli.tables.table import Column, Table

TABLE = Table(
    (Column("tag"), Column("held"), Column("node")),
    [["b", 2, "x"], ["a", None, "y"], ["c", 10, None], ["a", 2, "z"]],
    total=["total", 14, None],
)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (["held"], "bzcy"),
        (["-held"], "cbzy"),
        (["tag"], "yzbc"),
        (["tag", "-held"], "zybc"),
        (["node"], "byzc"),
        ([], "bycz"),
    ],
)  # rows by their node; the one without is c
def test_sorted_by_values_and_empty_cells_last(sort: list[str], order: str) -> None:
    assert "".join(str(row[2] or row[0]).replace("x", "b") for row in arranged(TABLE, sort).rows) == order


def test_the_first_rows_after_sorting() -> None:
    assert [row[1] for row in arranged(TABLE, ["-held"], 2).rows] == [10, 2]
    assert arranged(TABLE, limit=0).rows == []


def test_chosen_columns_in_their_order() -> None:
    table = arranged(TABLE, ["-held"], 1, ["node", "tag"])
    assert (table.keys, table.rows, table.total) == (["node", "tag"], [[None, "c"]], [None, "total"])


def test_an_unknown_column_gets_a_hint() -> None:
    with pytest.raises(UsageError, match=r"--columns: no column is called 'hold'; did you mean 'held'\?"):
        arranged(TABLE, columns=["hold"])
    with pytest.raises(UsageError, match=r"--sort: no column is called 'xyz'; columns: held, node, tag"):
        arranged(TABLE, ["-xyz"])
