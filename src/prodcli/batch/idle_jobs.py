"""Why idle jobs do not start: the clauses of their requirements, the machines that match each, and what could start.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_COUNTS = 16  # a request of so many is one of cores, devices or transfer slots, not of MB
_OFFERED = 4  # sizes that machines have left and that are tried
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the requirements that must be true, and the number of machines for which it is."""

    text: str
    machines: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A smaller request, and the number of jobs that could start now with it."""

    resource: str
    asked: int
    instead: int
    could_start: int

    def __str__(self) -> str:
        return f"{self.resource} {self.instead} instead of {self.asked}: {self.could_start} could start now"


@dataclass(frozen=True, slots=True)
class IdleGroup:
    """Idle jobs of one schedd that ask for the same.

    `requests` are the requested resources by name, memory in MB, disk in KB. Of the pool's `machines`, `fitting` would take
    such a job if they were empty, and `free` take one now; `could_start` of the jobs fit at once. `rejected` counts jobs by
    the reason that the negotiator gave last.
    """

    schedd: str
    jobs: int
    example: str
    priorities: tuple[int, int]
    requests: Mapping[str, int]
    machines: int
    clauses: Sequence[Clause]
    accepting: int
    fitting: int
    free: int
    could_start: int
    what_if: Sequence[WhatIf] = ()
    rejected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueState:
    """A schedd's jobs, and the most that it runs at once; None where it does not say."""

    schedd: str
    idle: int
    running: int
    most_running: int | None


@dataclass(frozen=True, slots=True)
class UserPriority:
    """A user's slots in use and priority; the smaller the priority, the sooner jobs start."""

    name: str
    priority: float
    in_use: int


def clauses_of(requirements: str) -> list[str]:
    """The parts of an expression that are joined by `&&` at its top, without outer parentheses."""
    whole = _bare(requirements)
    parts = list(_parts(whole))
    return [whole] if len(parts) == 1 else [clause for part in parts for clause in clauses_of(part)]


def spoken_clause(text: str, requests: Mapping[str, int]) -> str:
    """A clause with the requested numbers in it: `TARGET.Memory >= 2000`."""
    for name, value in requests.items():
        text = re.sub(rf"\b(?:MY\.)?Request{name}\b", str(value), text, flags=re.IGNORECASE)
    return text


def smaller_requests(asked: int, offered: Sequence[int]) -> list[int]:
    """Requests to try instead, the largest first: each smaller count, or what machines have left, and parts of what is asked."""
    if asked <= _COUNTS:
        return list(range(asked - 1, 0, -1))
    known = sorted({one for one in offered if 0 < one < asked}, reverse=True)
    return sorted({*known[:_OFFERED], asked // 2, asked // 4, asked // 8}, reverse=True)


def _parts(text: str) -> Iterator[str]:
    """The pieces between `&&` outside of parentheses and texts; one piece if `||` or `?` stands at the top."""
    blank = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
    depth, start, cuts = 0, 0, []
    for place, letter in enumerate(blank):
        depth += letter in "([{"
        depth -= letter in ")]}"
        if depth == 0 and (letter == "?" and blank[place - 1] != "=" or blank.startswith("||", place)):
            yield text
            return
        if depth == 0 and blank.startswith("&&", place):
            cuts.append(place)
    for cut in cuts:
        yield text[start:cut]
        start = cut + 2
    yield text[start:]


def _bare(text: str) -> str:
    """The text without parentheses around the whole of it."""
    text = text.strip()
    blank = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
    while blank.startswith("(") and _closes(blank) == len(blank) - 1:
        text, blank = text[1:-1].strip(), blank[1:-1].strip()
    return text


def _closes(text: str) -> int:
    """The place of the parenthesis that closes the first one; -1 without."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return place
    return -1
