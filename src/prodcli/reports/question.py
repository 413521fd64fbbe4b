"""What a report is asked: which jobs, in how many rows, under which names.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from prodcli.books.filters import Filters


@dataclass(frozen=True)
class Question:
    """The jobs of a report; with `every` also rows that are otherwise left out.

    `name` gives the name under which the rows of a dsttype are folded; `now` in seconds since 1970. `by` is what splits
    the rows of a report that can be split.
    """

    filters: Filters = field(default_factory=Filters)
    every: bool = False
    name: Callable[[str], str] = str
    now: int = 0
    by: str | None = None
