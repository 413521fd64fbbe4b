"""Which schedd gets the next cluster."""

import math
from typing import Any

import pytest

from prodcli.batch import Intake
from prodcli.errors import BatchError, UsageError
from prodcli.submission.schedd_choice import ScheddChoice


class Schedds:
    """Two schedds with so many jobs in their queues."""

    def __init__(self, a: float, b: float) -> None:
        self.queues = {"a": a, "b": b}
        self.asked = 0

    def schedds(self) -> list[str]:
        return list(self.queues)

    def loads(self) -> dict[str, float]:
        self.asked += 1
        return dict(self.queues)

    def intake(self, schedd: str) -> Intake:
        self.asked += 1
        return Intake(7, 3 if schedd == "a" else None)


def choice(batch: Any, wanted: str = "") -> ScheddChoice:
    return ScheddChoice(batch, wanted)


def test_the_first_or_the_named_one_gets_all() -> None:
    batch = Schedds(9, 0)
    assert [choice(batch).next(), choice(batch, "b").next()] == ["a", "b"]
    assert batch.asked == 0


def test_auto_takes_the_least_loaded_and_counts_what_it_got() -> None:
    batch = Schedds(100, 40)
    pick, got = choice(batch, "auto"), []
    for _ in range(5):
        got.append(pick.next())
        pick.took(got[-1], 50)
    assert got == ["b", "b", "a", "b", "a"]
    assert batch.asked == 1


def test_auto_leaves_out_what_does_not_answer() -> None:
    assert choice(Schedds(math.inf, 10**6), "auto").next() == "b"
    with pytest.raises(BatchError, match="no schedd answers and keeps up"):
        choice(Schedds(math.inf, math.inf), "auto").next()


def test_how_a_schedd_takes_submissions_is_asked_once() -> None:
    batch = Schedds(0, 0)
    pick = choice(batch)
    assert [pick.intake("a").max_idle, pick.intake("b").max_idle, pick.intake("a").max_procs] == [3, None, 7]
    assert batch.asked == 2


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"'c' is none of the schedds in use \(auto, a, b;"):
        choice(Schedds(0, 0), "c")
