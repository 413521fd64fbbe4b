"""The next memory of a held job: a size, a factor, the next step of its rule's ladder, or `--auto`. Sizes in MB.

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
from prodcli.sizes import counted, on_grid

NOT_MEMORY = "not held for memory (--any-hold includes them)"
ABOVE = "need more memory than allowed (--max-mem, or batch.max_memory of prodcli.yaml)"
ENOUGH = "request as much already"
NO_STEP = "ladder has no further step"
LEAK = "need more than four times the last ladder step"
UNCHANGED = "memory unchanged"
UNKNOWN = "requested memory is unknown"
FEW = 10  # finished jobs; the peaks of fewer support nothing
_LEAK = 4  # times the last step of a ladder; what needs more has some fault that memory does not cure
_NEXT = "the next ladder step, at its end 1.5 times the known need"
_HEADROOM = 0.1  # as `memory advise` has it


class By(StrEnum):
    """The source of a next step, in words."""

    SAID = "as requested"
    PEAKS = "by the peaks of finished jobs"
    LADDER = "the next ladder step"
    NEED = "1.5 times the known need, as the ladder has no further step"
    MOST = "the most that is allowed, as the ladder has no further step"


class Step(NamedTuple):
    """The next memory of a job."""

    memory: int
    by: By


class JobKind(NamedTuple):
    """Jobs that need similar memory."""

    tag: str
    dsttype: str

    def __str__(self) -> str:
        return f"{self.tag} {self.dsttype}"


@dataclass(frozen=True, slots=True)
class Support:
    """The ladder advised by the peaks of finished jobs of a kind, with their distribution; `held` jobs are included."""

    finished: int
    held: int
    median: int
    p99: int
    most: int
    ladder: tuple[int, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """The advised ladder; empty if too few jobs have finished."""
        return self.ladder if self.finished >= FEW else ()

    def __str__(self) -> str:
        if not self.steps:
            return _too_few(self.finished)
        peaks = (
            f"{self.finished} finished jobs (half up to {self.median}, 99 % up to {self.p99}, all up to {self.most})"
        )
        more = f" and {counted(self.held, 'held one')}" if self.held else ""
        return f"{', '.join(map(str, self.steps))} MB by the peaks of {peaks}{more}"


@dataclass(frozen=True, slots=True)
class Raise:
    """The request of people: one of `memory`, `factor`, `ladder` and `support`; jobs above `most` are left alone.

    `support` stands for `--auto`, and has the advised ladders by kind.
    """

    memory: int | None = None
    factor: float | None = None
    ladder: bool = False
    most: int | None = None
    any_hold: bool = False
    support: Mapping[str, Support] | None = None


def support(uses: Iterable[Use]) -> dict[str, Support]:
    """The advised ladders, by group; nothing for a group without finished jobs."""
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
    """The next memory of a held job, or the reason why it is left alone."""
    step = next_step(job, wanted)
    return step.memory if isinstance(step, Step) else step


def next_step(job: BookedJob, wanted: Raise) -> Step | str:
    """The next step of a held job, or the reason why it is left alone.

    A size must be above the job's present request; a factor and the ladder start from the largest memory that it ever
    requested.
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
    """The memory that the next step must exceed, unless peaks say more; 0 if unknown."""
    return max(job.climbs_from or 0, job.memory_exceeded if wanted.support is not None else 0)


def _said(job: BookedJob, wanted: Raise) -> Step | str:
    """The step that people asked for."""
    if wanted.memory is not None:
        return Step(wanted.memory, By.SAID)
    if wanted.factor is not None:
        return Step(math.ceil(_floor(job, wanted) * wanted.factor), By.SAID)
    return _ladder_step(job, _floor(job, wanted)) or NO_STEP


def _sensible(job: BookedJob, wanted: Raise) -> Step | str:
    """The smallest advised step, else the ladder's next step, else half more than the job is known to exceed."""
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
    # jobs had slots, which are on the grid: of a small ladder the smallest slot may be more than four times its last step
    return LEAK if job.ladder and step.memory > _LEAK * on_grid(max(job.ladder)) else step


def _steps(job: BookedJob, wanted: Raise) -> tuple[int, ...]:
    found = (wanted.support or {}).get(str(kind_of(job)))
    return found.steps if found else ()


def raise_memory(jobs: Sequence[BookedJob], wanted: Raise) -> tuple[list[tuple[BookedJob, int | None]], Counter[str]]:
    """The jobs that get more memory, with their new memory; and the number of jobs left alone, by reason."""
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
    """Jobs with the largest memory that they ever requested; None if it is unknown: then the rendered files decide."""
    return [(job, job.climbs_from) for job in jobs]


def unchanged_note(jobs: Iterable[BookedJob]) -> str:
    """The note on jobs whose memory stays; it warns of jobs that have used more than that."""
    short = [(job.memory_used, job.climbs_from) for job in jobs if (job.memory_used or 0) > (job.climbs_from or 0) > 0]
    if not short:
        return UNCHANGED
    used, asked = max((used or 0, asked or 0) for used, asked in short)
    return f"{UNCHANGED}, but {counted(len(short), 'job')} used more than that, up to {used} of {asked} MB (--mem)"


def explained(found: Iterable[tuple[BookedJob, int | None]], wanted: Raise) -> list[str]:
    """The peaks behind the new memory of jobs, kind by kind; nothing unless with `--auto`."""
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
    more = f"; {counted(beyond, 'job')} need{'s' if beyond == 1 else ''} more: {_NEXT}"
    return words + more if beyond and known is not None and known.steps else words


def _too_few(finished: int) -> str:
    return f"{finished} finished jobs, of {FEW} that are needed to know peaks: {_NEXT}"
