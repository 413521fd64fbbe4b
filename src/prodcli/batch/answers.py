"""The answers of a batch system on jobs, clusters and queues, and the one kind of event that goes into the books.

Every batch system answers in these classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from prodcli.states import Queue, State, state_of

ProcId = tuple[int, int]  # cluster, proc


@dataclass(frozen=True, slots=True)
class JobEvent:
    """The state of one job in the batch system.

    Times in seconds since 1970 UTC, memory in MB, disk in KB, CPU in seconds.

    `since` is EnteredCurrentStatus, 0 if unknown. None means unknown. `events_done` of `events_total` is what a running job
    tells of its progress, and `output_changed` a number that is another one whenever the job has written something.
    `odd` has the numbers, as `DiskUsage = 5000000000`, that the books cannot hold: those are unknown.
    """

    dbid: int
    attempt: int
    claim: str
    cluster: int
    proc: int
    queue: Queue
    since: int
    num_starts: int | None = 0
    exit_code: int | None = None
    node: str | None = None
    started: int | None = None
    finished: int | None = None
    user_cpu: float | None = None
    sys_cpu: float | None = None
    memory_used: int | None = None
    memory_provisioned: int | None = None
    memory_asked: int | None = None
    disk_used: int | None = None
    hold_reason: str | None = None
    hold_code: int | None = None
    hold_subcode: int | None = None
    events_done: int | None = None
    events_total: int | None = None
    output_changed: int | None = None
    odd: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The state of the job for the books."""
        return state_of(self.queue, self.num_starts or 0, self.exit_code, self.since)


@dataclass(frozen=True, slots=True)
class ClaimedCluster:
    """A cluster with a claim, the number of its submitted procs, and whether some are still in the queue."""

    cluster: int
    procs: int
    living: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of idle, running, held and waiting jobs on the schedds that answered, and the silent schedds."""

    jobs: int
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """The capabilities of a schedd for a submission.

    At most `max_procs` jobs at once, or any number with late materialization.

    With `max_idle` the schedd makes a cluster's jobs from their items only as fast as it takes to keep this many idle.
    A schedd that `retries_memory` starts a job that exceeds its memory again with the next step, by
    `retry_request_memory`.
    """

    max_procs: int
    max_idle: int | None = None
    retries_memory: bool = False


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job of prodcli that is in the queue, and not about to leave it; `owner` is empty without owners."""

    cluster: int
    proc: int
    dbid: int
    attempt: int
    claim: str
    queue: Queue
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Factory:
    """A cluster of prodcli that has yet to materialize its procs from `following` up to, not including, `total`."""

    cluster: int
    claim: str
    following: int
    total: int
    owner: str = ""

    @property
    def jobs(self) -> set[ProcId]:
        """The procs that wait."""
        return {(self.cluster, proc) for proc in range(self.following, self.total)}


@dataclass(frozen=True, slots=True)
class DescribedJob:
    """A job in the queue with the attributes of its first output; disk in KB, paths as submitted."""

    event: JobEvent
    rule: str
    tag: str
    dataset: str
    dsttype: str
    run: int
    segment: int
    log: str
    output: str
    error: str
    disk: int | None = None
    cpus: int | None = None
    mask: str = ""
    outputs: int = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer of a schedd, or a part of it: reports of a job oldest first; only the last part has a cursor.

    The cursor tells where the next question begins, and may be empty. `factories` are all factories, from before the
    reports; None in a part without them. `clock` is the schedd's own, in seconds since 1970 (0: it has none). `swept`
    of the last part is true if the reports cover every job in the queue.
    """

    events: list[JobEvent]
    cursor: str | None = None
    factories: tuple[Factory, ...] | None = None
    clock: int = 0
    swept: bool = False


def whole(parts: Iterable[Changes]) -> Changes:
    """The answer of a schedd as one part."""
    told = list(parts)
    factories = next((part.factories for part in reversed(told) if part.factories is not None), None)
    return replace(told[-1], events=[event for part in told for event in part.events], factories=factories)
