"""The preview of a recovery verb before its question: jobs of one tag, dsttype and reason in a group, and the question.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prodcli.batch.hold_codes import hold_word
from prodcli.books.job_filter import BookedJob
from prodcli.sizes import counted
from prodcli.states import Status
from prodcli.verbs import Verb

PlannedJob = tuple[BookedJob, int | None]  # a job with the memory in MB that it gets; None leaves the memory as it is
Family = Callable[[str], str]  # the name of a dsttype without its host


class GroupKey(NamedTuple):
    """The common things of similar jobs; `code` and `reason` of a hold, else empty."""

    tag: str
    dsttype: str
    state: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobGroup:
    """Similar jobs of one plan."""

    key: GroupKey
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


@dataclass(frozen=True, slots=True)
class PartPreview:
    """A part of a plan: its verb, and its jobs in groups, the largest first."""

    verb: Verb
    groups: Sequence[JobGroup]

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return sum(len(group.jobs) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a plan, the number of jobs that a limit keeps out, and `notes` on the jobs and on others."""

    parts: Sequence[PartPreview]
    over: int
    notes: Sequence[str]

    @property
    def question(self) -> str:
        """`Resubmit 60 jobs and park 4 of ana541_2025p014_v002?`."""
        first, *more = [part for part in self.parts if part.jobs]
        words = [f"{first.verb.act} {counted(first.jobs, 'job')}", *(f"{part.verb.act} {part.jobs}" for part in more)]
        text = " and ".join(words)
        return f"{text[0].upper()}{text[1:]} of {self._tags}?"

    @property
    def title(self) -> str:
        """`Resubmit 60 jobs of ana541_2025p014_v002 (64 more match, --limit 60)`."""
        if not any(part.jobs for part in self.parts):
            return ""
        total = sum(part.jobs for part in self.parts)
        more = f" ({self.over} more match, --limit {total})" if self.over else ""
        return self.question.rstrip("?") + more

    @property
    def tags(self) -> list[str]:
        """The tags of the jobs."""
        return sorted({group.key.tag for part in self.parts for group in part.groups})

    @property
    def _tags(self) -> str:
        return self.tags[0] if len(self.tags) == 1 else counted(len(self.tags), "tag")


def groups_of(jobs: Sequence[PlannedJob], family: Family = str) -> list[JobGroup]:
    """Jobs by tag, dsttype without its host, state and hold reason."""
    groups: dict[GroupKey, list[PlannedJob]] = {}
    for job, memory in jobs:
        held = job.status == Status.HELD and job.hold_code is not None
        code = job.code if held else ""
        reason = hold_word(job.hold_code, job.hold_subcode, job.hold_reason) if held else ""
        groups.setdefault(GroupKey(job.tag, family(job.dsttype), job.state, code, reason), []).append((job, memory))
    return [JobGroup(*one) for one in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))]
