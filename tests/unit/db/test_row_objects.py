"""Rows as objects, by the names of the columns."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from prodcli.db.row_objects import maker


class Place(NamedTuple):
    """A named tuple to make."""

    cluster: int
    proc: int
    schedd: str


@dataclass(frozen=True, slots=True)
class Job:
    """A frozen class to make."""

    dbid: int
    place: str = ""


def job_of(dbid: int, schedd: str, **rest: Any) -> tuple[Job, dict[str, Any]]:
    """A function that names some of the columns."""
    return Job(dbid, schedd), rest


def test_columns_go_to_the_fields_of_their_name() -> None:
    in_order, otherwise = maker(Place, ["cluster", "proc", "schedd"]), maker(Place, ["schedd", "cluster", "proc"])
    assert list(in_order([(1, 2, "a"), (3, 4, "b")])) == [Place(1, 2, "a"), Place(3, 4, "b")]
    assert list(otherwise([("a", 1, 2)])) == [Place(1, 2, "a")]
    assert list(maker(Job, ["place", "dbid"])([("a", 1)])) == [Job(1, "a")]


def test_what_is_not_named_goes_into_the_rest() -> None:
    made = maker(job_of, ["proc", "schedd", "dbid"])
    assert list(made([(7, "a", 1)])) == [(Job(1, "a"), {"proc": 7})]


@pytest.mark.parametrize(
    "columns",
    [
        ["cluster", "proc"],
        ["cluster", "proc", "schedd", "status"],
        ["cluster", "proc", "host"],
        ["cluster", "proc", "schedd", "proc"],
    ],
)
def test_a_column_too_many_or_too_few_is_not_passed_over(columns: list[str]) -> None:
    with pytest.raises(TypeError, match="Place takes cluster, proc, schedd, and gets cluster, proc"):
        maker(Place, columns)
