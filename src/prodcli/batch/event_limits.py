"""The numbers of a batch system that the books can hold; every other number is unknown, and stops no other job.

Source of the limits: the `int` columns of production_jobs, which other tools read, and the times that every database
has.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INT = 2**31 - 1
_SHOWN = 60  # characters of an odd value


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the largest value of a column, and whether it holds only whole numbers."""

    low: float
    high: float
    whole: bool = True


AMOUNT = Limits(0, INT)
CODE = Limits(-INT, INT)
EVENTS = Limits(0, 2**63 - 1)
TIME = Limits(0, 4_102_444_800)  # the year 2100: a clock that says more is broken
CPU = Limits(0, 1e12, whole=False)  # seconds; no pool spends more on a job


def fitting(said: Mapping[str, object], limits: Mapping[str, Limits]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The numbers within their limits; and the others, as `DiskUsage = 5000000000`."""
    known: dict[str, Any] = {}
    odd: list[str] = []
    for name, limit in limits.items():
        value = said.get(name)
        if type(value) is int and limit.low <= value <= limit.high:  # what nearly all are
            known[name] = value
        elif type(value) is float and limit.low <= value <= limit.high:
            known[name] = math.ceil(value) if limit.whole else value
        elif type(value) in (int, float, str, bool):  # everything else says that there is no value
            odd.append(f"{name} = {value!r:.{_SHOWN}}")
    return known, tuple(odd)


def names_row(dbid: int, attempt: int) -> bool:
    """True if the books can have a row of this dbid with an attempt of this number; -1 stands for no row."""
    return -1 <= dbid <= INT and 0 <= attempt <= INT
