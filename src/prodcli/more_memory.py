"""How much more memory a held job gets: a number, a factor, the next step of its rule's ladder, or what peaks support. In MB."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prodcli.holds import is_memory
from prodcli.memory import Use, advise, spreads
from prodcli.targets import TargetJob

NOT_MEMORY = "not held for memory (--any-hold takes them, too)"
ABOVE = "they would need more than --max-mem"
ENOUGH = "they ask for as much already"
NO_STEP = "their ladder has no further step"
BEYOND = "they need more than any finished job used, and their ladder has no further step"
UNKNOWN = "the books do not know what they ask for"
FEW = 10  # finished jobs; the peaks of fewer support nothing
_HEADROOM = 0.1  # as `memory advise` has it


class Kind(NamedTuple):
    """Jobs that are alike in what they need."""

    tag: str
    dsttype: str

    def __str__(self) -> str:
        return f"{self.tag} {self.dsttype}"


@dataclass(frozen=True, slots=True)
class Support:
    """The ladder that the peaks of the finished jobs of a kind advise, with their distribution; `held` ones were counted in."""

    finished: int
    held: int
    median: int
    p99: int
    most: int
    ladder: tuple[int, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """The advised ladder; none if too few have finished."""
        return self.ladder if self.finished >= FEW else ()

    def __str__(self) -> str:
        if not self.steps:
            return _too_few(self.finished)
        peaks = (
            f"{self.finished} finished jobs (half up to {self.median}, 99 % up to {self.p99}, all up to {self.most})"
        )
        more = f" and {self.held} held ones" if self.held else ""
        return f"{', '.join(map(str, self.steps))} MB by the peaks of {peaks}{more}"


@dataclass(frozen=True, slots=True)
class Raise:
    """What was asked for: one of `memory`, `factor`, `ladder` and `support` by kind; jobs above `most` are left alone."""

    memory: int | None = None
    factor: float | None = None
    ladder: bool = False
    most: int | None = None
    any_hold: bool = False
    support: Mapping[str, Support] | None = None


def support(uses: Iterable[Use]) -> dict[str, Support]:
    """What peaks support, by group; nothing for one of which no job has finished."""
    known = list(uses)
    used = {one.group: one for one in spreads(known) if one.quantity == "used"}
    return {
        one.group: Support(spread.jobs, one.held, spread.median, spread.p99, spread.most, one.ladder)
        for one in advise(known, _HEADROOM)
        if (spread := used.get(one.group)) is not None
    }


def kind_of(job: TargetJob) -> Kind:
    """The kind of a job."""
    return Kind(job.tag, job.dsttype)


def raised(job: TargetJob, wanted: Raise) -> int | str:
    """What a held job is to ask for, or why it is left alone.

    A number counts against what it asks for now; a factor and the ladder climb from the most that it ever asked for. What
    peaks support is the smallest step above what it is known to exceed, else the ladder's next.
    """
    if not (wanted.any_hold or is_memory(job.hold_code, job.hold_subcode)):
        return NOT_MEMORY
    if wanted.memory is None and job.climbs_from is None:
        return UNKNOWN
    new = _next(job, wanted)
    if new is None:
        return BEYOND if _steps(job, wanted) else NO_STEP
    if new <= (job.memory_asked or 0):
        return ENOUGH
    return ABOVE if wanted.most is not None and new > wanted.most else new


def _next(job: TargetJob, wanted: Raise) -> int | None:
    if wanted.memory is not None:
        return wanted.memory
    asked = job.climbs_from or 0
    if wanted.factor is not None:
        return math.ceil(asked * wanted.factor)
    if wanted.support is not None:
        if supported := next((step for step in _steps(job, wanted) if step > job.memory_exceeded), None):
            return supported
        asked = max(asked, job.memory_exceeded)
    return next((step for step in sorted(job.ladder) if step > asked), None)


def _steps(job: TargetJob, wanted: Raise) -> tuple[int, ...]:
    found = (wanted.support or {}).get(str(kind_of(job)))
    return found.steps if found else ()


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


def unchanged(jobs: Sequence[TargetJob]) -> list[tuple[TargetJob, int | None]]:
    """Jobs with the most memory that they ever asked for; None where that is not known, for what they were told first."""
    return [(job, job.climbs_from) for job in jobs]


def told(found: Iterable[tuple[TargetJob, int | None]], wanted: Raise) -> list[str]:
    """From what the memory of jobs follows, kind by kind; nothing unless it is what peaks support."""
    if wanted.support is None:
        return []
    jobs: Counter[Kind] = Counter()
    beyond: Counter[Kind] = Counter()
    for job, new in found:
        jobs[kind_of(job)] += 1
        beyond[kind_of(job)] += new not in _steps(job, wanted)
    return [_told(kind, wanted.support.get(str(kind)), beyond[kind]) for kind in sorted(jobs)]


def _told(kind: Kind, known: Support | None, beyond: int) -> str:
    words = f"{kind}: {_too_few(0) if known is None else known}"
    more = f"; {beyond} jobs need more, and take the next step of their rule's ladder"
    return words + more if beyond and known is not None and known.steps else words


def _too_few(finished: int) -> str:
    return f"{finished} finished jobs are too few to go by ({FEW} are wanted): the next step of their rule's ladder"
