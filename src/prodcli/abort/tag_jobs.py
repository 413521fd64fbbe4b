"""The jobs of a tag by rule and kind, as the preview of an abort counts them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from prodcli.books.job_filter import BookedJob
from prodcli.states import Status, Substatus

KINDS = ("submitting", "waiting", "idle", "running", "held", "evicted")  # of jobs that an abort removes
_WORDS = MappingProxyType(
    {Status.SUBMITTED: "idle", Status.STARTED: "running", Status.RUNNING: "running", Status.HELD: "held"}
)


@dataclass(frozen=True, slots=True)
class RuleJobs:
    """The jobs of one rule and dsttype: how many of each kind, and how many are parked, which stay."""

    rule: str
    dsttype: str
    parked: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def jobs(self) -> int:
        """The number of jobs that an abort removes."""
        return sum(self.kinds.values())


def kind_of(job: BookedJob) -> str:
    """`waiting`, `idle`, `running`, `held` or `evicted`."""
    return "waiting" if job.substatus == Substatus.WAITING else _WORDS.get(job.status, str(job.status))


def with_queued(rules: Sequence[RuleJobs], jobs: Iterable[BookedJob]) -> list[RuleJobs]:
    """The rules of a tag with their jobs in the queues; rules with most jobs first."""
    found = {(one.rule, one.dsttype): one for one in rules}
    for job in jobs:
        old = found.get((job.rule, job.dsttype), RuleJobs(job.rule, job.dsttype))
        kind = kind_of(job)
        found[job.rule, job.dsttype] = replace(old, kinds={**old.kinds, kind: old.kinds.get(kind, 0) + 1})
    return sorted(found.values(), key=lambda one: (-one.jobs, one.rule, one.dsttype))
