"""How much more memory a held job gets: a number, a factor, the next step of its rule's ladder, or the next sensible step. In MB.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from prodcli.batch.hold_codes import is_memory
from prodcli.books.job_filter import BookedJob
from prodcli.memory.advice import Use, advise, enough_for, spreads

NOT_MEMORY = "not held for memory (--any-hold takes them, too)"
ABOVE = "they would need more than may be asked for (--max-mem, or batch.max_memory of prodcli.yaml)"
ENOUGH = "they ask for as much already"
NO_STEP = "their ladder has no further step"
LEAK = "they would need more than four times the last step of their ladder"
UNCHANGED = "their memory stays as it is: the most that they ever asked for"
UNKNOWN = "the books do not know what they ask for"
FEW = 10  # finished jobs; the peaks of fewer support nothing
_LEAK = 4  # times the last step of a ladder; what needs more has some fault that memory does not cure
_NEXT = "the next step of their rule's ladder, at its end half more than they are known to need"
_HEADROOM = 0.1  # as `memory advise` has it


class By(StrEnum):
    """What a next step follows from, in words."""

    SAID = "as asked for"
    PEAKS = "by the peaks of finished jobs"
    LADDER = "the next step of their ladder"
    NEED = "half more than they are known to need, as their ladder has no further step"
    MOST = "the most that may be asked for, as their ladder has no further step"


class Step(NamedTuple):
    """The memory that a job is to ask for next."""

    memory: int
    by: By


class JobKind(NamedTuple):
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
    """What was asked for: one of `memory`, `factor`, `ladder` and `support`; jobs above `most` are left alone.

    `support` wants the next sensible step, and has what peaks support by kind.
    """

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


def kind_of(job: BookedJob) -> JobKind:
    """The kind of a job."""
    return JobKind(job.tag, job.dsttype)


def raised(job: BookedJob, wanted: Raise) -> int | str:
    """What a held job is to ask for, or why it is left alone."""
    step = next_step(job, wanted)
    return step.memory if isinstance(step, Step) else step


def next_step(job: BookedJob, wanted: Raise) -> Step | str:
    """The next step of a held job, or why it is left alone.

    A number counts against what it asks for now; a factor and the ladder climb from the most that it ever asked for.
    """
    if not (wanted.any_hold or is_memory(job.hold_code, job.hold_subcode)):
        return NOT_MEMORY
    if wanted.memory is None and not _floor(job, wanted):
        return UNKNOWN
    step = _sensible(job, wanted) if wanted.support is not None else _said(job, wanted)
    if isinstance(step, str):
        return step
    if step.memory <= (job.memory_asked or 0):
        return ENOUGH
    return ABOVE if wanted.most is not None and step.memory > wanted.most else step


def _floor(job: BookedJob, wanted: Raise) -> int:
    """What the next step must be above, unless peaks tell more; 0 if nothing is known."""
    return max(job.climbs_from or 0, job.memory_exceeded if wanted.support is not None else 0)


def _said(job: BookedJob, wanted: Raise) -> Step | str:
    """The step that people asked for."""
    if wanted.memory is not None:
        return Step(wanted.memory, By.SAID)
    if wanted.factor is not None:
        return Step(math.ceil(_floor(job, wanted) * wanted.factor), By.SAID)
    return _ladder_step(job, _floor(job, wanted)) or NO_STEP


def _sensible(job: BookedJob, wanted: Raise) -> Step | str:
    """The smallest step that peaks support, else the ladder's next, else half more than the job is known to need."""
    floor = _floor(job, wanted)
    # a job that was not held for memory is not known to exceed anything, but what it had was not enough
    needs = job.memory_exceeded if is_memory(job.hold_code, job.hold_subcode) else floor
    supported = next((step for step in _steps(job, wanted) if step > needs), None)
    if supported is not None:
        return Step(supported, By.PEAKS)
    return _ladder_step(job, floor) or _above_ladder(job, floor, wanted.most)


def _ladder_step(job: BookedJob, floor: int) -> Step | None:
    return next((Step(step, By.LADDER) for step in sorted(job.ladder) if step > floor), None)


def _above_ladder(job: BookedJob, floor: int, most: int | None) -> Step | str:
    step = Step(enough_for(floor), By.NEED)
    if most is not None and floor < most < step.memory:
        step = Step(most, By.MOST)
    return LEAK if job.ladder and step.memory > _LEAK * max(job.ladder) else step


def _steps(job: BookedJob, wanted: Raise) -> tuple[int, ...]:
    found = (wanted.support or {}).get(str(kind_of(job)))
    return found.steps if found else ()


def raise_memory(jobs: Sequence[BookedJob], wanted: Raise) -> tuple[list[tuple[BookedJob, int | None]], Counter[str]]:
    """The jobs that get more memory, with how much; and how many are left alone, by reason."""
    found: list[tuple[BookedJob, int | None]] = []
    left: Counter[str] = Counter()
    for job in jobs:
        new = raised(job, wanted)
        if isinstance(new, int):
            found.append((job, new))
        else:
            left[new] += 1
    return found, left


def unchanged(jobs: Sequence[BookedJob]) -> list[tuple[BookedJob, int | None]]:
    """Jobs with the most memory that they ever asked for; None where that is not known, for what they were told first."""
    return [(job, job.climbs_from) for job in jobs]


def explained(found: Iterable[tuple[BookedJob, int | None]], wanted: Raise) -> list[str]:
    """From what the memory of jobs follows, kind by kind; nothing unless it is the next sensible step."""
    if wanted.support is None:
        return []
    jobs: Counter[JobKind] = Counter()
    beyond: Counter[JobKind] = Counter()
    for job, new in found:
        jobs[kind_of(job)] += 1
        beyond[kind_of(job)] += new not in _steps(job, wanted)
    return [_told(kind, wanted.support.get(str(kind)), beyond[kind]) for kind in sorted(jobs)]


def _told(kind: JobKind, known: Support | None, beyond: int) -> str:
    words = f"{kind}: {_too_few(0) if known is None else known}"
    more = f"; {beyond} jobs need more, and take {_NEXT}"
    return words + more if beyond and known is not None and known.steps else words


def _too_few(finished: int) -> str:
    return f"{finished} finished jobs are too few to go by ({FEW} are wanted): {_NEXT}"
