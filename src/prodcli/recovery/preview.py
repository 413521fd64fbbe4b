"""The preview of a recovery verb before its question: similar jobs in groups, and the question.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.books.job_filter import BookedJob

PlannedJob = tuple[BookedJob, int | None]  # a job with the memory in MB that it gets; None leaves the memory as it is
EXAMPLES = 3  # jobs that a line names, and kinds of jobs that a question names


@dataclass(frozen=True, slots=True)
class JobGroup:
    """Jobs of one plan with the same tag, dsttype, state, hold code and schedd."""

    tag: str
    dsttype: str
    state: str
    code: str
    schedd: str
    jobs: Sequence[PlannedJob]

    @property
    def asked(self) -> list[int]:
        """The requested memory of the jobs in MB, where known."""
        return [job.memory_asked for job, _ in self.jobs if job.memory_asked]

    @property
    def used(self) -> list[int]:
        """The used memory of the jobs in MB, where known."""
        return [job.memory_used for job, _ in self.jobs if job.memory_used]

    @property
    def new(self) -> list[int]:
        """The new memory of the jobs in MB, where it changes."""
        return [memory for _, memory in self.jobs if memory is not None]

    @property
    def examples(self) -> str:
        """The first jobs, by dbid and by their name in the queue."""
        return ", ".join(f"{job.dbid} ({job.id})" for job, _ in self.jobs[:EXAMPLES])


@dataclass(frozen=True, slots=True)
class PartPreview:
    """A part of a plan: the name of the verb, and its jobs in groups."""

    name: str
    groups: Sequence[JobGroup]

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return sum(len(group.jobs) for group in self.groups)

    @property
    def question(self) -> str:
        """`release 2 jobs: 2 DST_TRKR_CLUSTER held 13/2?`."""
        kinds = [f"{len(one.jobs)} {' '.join(filter(None, (one.dsttype, one.state, one.code)))}" for one in self.groups]
        more = [f"{len(kinds) - EXAMPLES} more kinds"] if len(kinds) > EXAMPLES else []
        return f"{self.name} {self.jobs} jobs: {', '.join([*kinds[:EXAMPLES], *more])}?"


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a plan, and `notes` on them and on jobs that are left alone."""

    parts: Sequence[PartPreview]
    notes: Sequence[str]

    @property
    def question(self) -> str:
        """The question for consent to all parts."""
        return "; ".join(part.question for part in self.parts if part.jobs)


def groups_of(jobs: Sequence[PlannedJob]) -> list[JobGroup]:
    """Jobs by tag, dsttype, state, hold code and schedd."""
    groups: dict[tuple[str, str, str, str, str], list[PlannedJob]] = {}
    for job, memory in jobs:
        code = "" if job.hold_code is None else f"{job.hold_code}/{job.hold_subcode or 0}"
        groups.setdefault((job.tag, job.dsttype, job.state, code, job.schedd), []).append((job, memory))
    return [JobGroup(*key, members) for key, members in sorted(groups.items())]
