"""How much more memory a held job gets: a number, a factor, or the next step of its rule's ladder. All in MB."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.holds import is_memory
from prodcli.targets import TargetJob

NOT_MEMORY = "not held for memory (--any-hold takes them, too)"
ABOVE = "they would need more than --max-mem"
ENOUGH = "they ask for as much already"
NO_STEP = "their ladder has no further step"
UNKNOWN = "the books do not know what they ask for"


@dataclass(frozen=True, slots=True)
class Raise:
    """What was asked for: one of `memory`, `factor` and `ladder`; jobs above `most` are left alone."""

    memory: int | None = None
    factor: float | None = None
    ladder: bool = False
    most: int | None = None
    any_hold: bool = False


def raised(job: TargetJob, wanted: Raise) -> int | str:
    """What a held job is to ask for, or why it is left alone.

    A number counts against what it asks for now; a factor and the ladder climb from the most that it ever asked for.
    """
    if not (wanted.any_hold or is_memory(job.hold_code, job.hold_subcode)):
        return NOT_MEMORY
    if wanted.memory is None and job.climbs_from is None:
        return UNKNOWN
    new = _next(job, wanted)
    if new is None:
        return NO_STEP
    if new <= (job.memory_asked or 0):
        return ENOUGH
    return ABOVE if wanted.most is not None and new > wanted.most else new


def _next(job: TargetJob, wanted: Raise) -> int | None:
    if wanted.memory is not None:
        return wanted.memory
    asked = job.climbs_from or 0
    if wanted.factor is not None:
        return math.ceil(asked * wanted.factor)
    return next((step for step in sorted(job.ladder) if step > asked), None)


def raise_memory(jobs: Sequence[TargetJob], wanted: Raise) -> tuple[list[tuple[TargetJob, int | None]], Counter[str]]:
    """The jobs that get more memory, with how much; and how many are left alone, by reason."""
    found: list[tuple[TargetJob, int | None]] = []
    left: Counter[str] = Counter()
    for job in jobs:
        new = raised(job, wanted)
        if isinstance(new, int):
            found.append((job, new))
        else:
            left[new] += 1
    return found, left
