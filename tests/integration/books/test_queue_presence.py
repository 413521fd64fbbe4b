"""Whether jobs of rows are gone: their own schedds say so, or nobody does."""

from typing import Any

import pytest

from prodcli.books.claims import Seen
from prodcli.books.queue_presence import CLAIMED, IN_QUEUE, PERHAPS, Gone, ask_for
from tests.support.queue import Queues

A = {(5, 0), (5, 1)}


def row(schedd: str | None, cluster: int | None, proc: int | None = 0, status: str | None = "failed") -> Seen:
    """A row of the books."""
    return Seen("f", 1, status, "", 1, schedd, cluster, proc)


def asked(queues: Queues, *rows: Seen) -> Gone:
    """Ask for rows."""
    batch: Any = queues
    return ask_for(batch, rows)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (row("a", 5, 0), IN_QUEUE),
        (row("a", 5, 1, "finished"), IN_QUEUE),
        (row("a", 5, 2), ""),
        (row("a", 6, 0), ""),
        (row("a", 9, 0), ""),  # another tool's job has nothing to do with it
        (row("a", None, None), ""),
        (row("a", None, None, "submitting"), CLAIMED),
        (row("x", 5, 0), "schedd x is not in this configuration"),
        (row(None, 5, 1), PERHAPS),
        (row(None, 9, 0), PERHAPS),
        (row(None, 9, None), PERHAPS),
        (row(None, 8, 0), ""),
        (row(None, None, None, "submitting"), ""),
        (row(None, None, None, None), ""),
    ],
)
def test_one_schedd_is_asked(one: Seen, why: str) -> None:
    found = asked(Queues({"a": A}, {"a": {(9, 0)}}), one)
    assert found.left == ({1: why} if why else {})
    assert found.rows == (() if why else (one,))
    assert found.queued == ((one,) if why == IN_QUEUE else ())
    assert found.silent == {}


def test_each_row_is_asked_for_on_its_own_schedd_and_one_without_on_all() -> None:
    queues = Queues({"a": A, "b": {(6, 0)}, "c": None})
    found = asked(queues, row("a", 6), row("b", 5))
    assert (len(found.rows), found.silent) == (2, {})
    found = asked(queues, row("c", 5))
    assert found.left == {1: "schedd c does not answer"}
    assert found.silent == {"c": "schedd c: it does not answer"}
    assert asked(queues, row(None, 77)).left == {1: "schedd c does not answer"}
    assert asked(Queues({"a": A, "b": {(6, 0)}}), row(None, 6)).left == {1: PERHAPS}


def test_nobody_is_asked_for_nothing() -> None:
    assert asked(Queues({"a": None})) == Gone((), {}, (), {})
