"""The batch port: what prodcli asks of a batch system, and the one kind of event that it hears back.

`local` and `htcondor` implement it; nothing above this layer asks which one it talks to.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from prodcli.states import Queue, State, state_of

PATIENCE = 600.0  # seconds for one cluster; 20,000 jobs take some ten
ProcId = tuple[int, int]  # cluster, proc


@dataclass(frozen=True, slots=True)
class JobEvent:
    """What a batch system says of one job; times in seconds since 1970 UTC, memory in MB, disk in KB, CPU in seconds.

    `since` is EnteredCurrentStatus, 0 if unknown. None means that it does not say. `odd` has the numbers, as
    `DiskUsage = 5000000000`, that the books cannot hold: those are unknown.
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
    odd: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The state that the books give it."""
        return state_of(self.queue, self.num_starts or 0, self.exit_code, self.since)


@dataclass(frozen=True, slots=True)
class ClaimedCluster:
    """A cluster that carries a claim, how many procs were submitted in it, and whether some are still in the queue."""

    cluster: int
    procs: int
    living: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Jobs that are idle, running, held or waiting on the schedds that answered, and the schedds that did not."""

    jobs: int
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """How a schedd takes a submission: at most `max_procs` jobs at once, or any number if it makes them bit by bit.

    With `max_idle` it makes a cluster's jobs from their items only as fast as it takes to keep so many idle. One that
    `retries_memory` starts a job that exceeds its memory again with more, by `retry_request_memory`.
    """

    max_procs: int
    max_idle: int | None = None
    retries_memory: bool = False


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job of ours that is in the queue, and not about to leave it; `owner` is empty if the batch system has none."""

    cluster: int
    proc: int
    dbid: int
    attempt: int
    claim: str
    queue: Queue
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Factory:
    """A cluster of ours that has yet to materialize its procs from `following` up to, not including, `total`."""

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
    """A job in the queue with what it says of its output; disk in KB, paths as submitted."""

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


@dataclass(frozen=True, slots=True)
class Changes:
    """What a schedd told, or a part of it: reports of one job oldest first; the last part, and no other, has a cursor.

    The cursor says where to go on, and may be empty. `factories` are all that there are, from before the reports; None
    in a part that does not tell. `clock` is the schedd's own, in seconds since 1970 (0 = it has none of its own). `swept`
    if the reports cover every job in its queue, which the last part says.
    """

    events: list[JobEvent]
    cursor: str | None = None
    factories: tuple[Factory, ...] | None = None
    clock: int = 0
    swept: bool = False


def whole(parts: Iterable[Changes]) -> Changes:
    """All that a schedd told, as one part."""
    told = list(parts)
    factories = next((part.factories for part in reversed(told) if part.factories is not None), None)
    return replace(told[-1], events=[event for part in told for event in part.events], factories=factories)


class SubmitProcess(Protocol):
    """Brings the descriptions of a pass to their schedds, one after the other; a context that ends with the pass.

    `busy` while it is under way: then it can be asked nothing. Raises BatchError as the batch system does.
    """

    busy: bool

    def intake(self, schedd: str) -> Intake:
        """How a schedd takes a submission."""

    def count(self, batch_name: str) -> Counted:
        """Jobs of a batch name on all schedds."""

    def take(self, schedd: str, description: Path) -> None:
        """Begin to submit a rendered description, as `Batch.submit` does; what takes long is done beside other work."""

    def cluster(self, patience: float = PATIENCE) -> int:
        """Wait for the end of what was begun, at most so many seconds. Returns the cluster."""

    def give_up(self) -> None:
        """Stop whatever is under way: all of its jobs are in the schedd's queue, or none will ever be."""


class Batch(Protocol):
    """A batch system. Every method raises BatchError if it cannot be reached or refuses."""

    @property
    def system(self) -> str:
        """`local` or `htcondor`."""

    @property
    def may_hang(self) -> bool:
        """True if an answer may never come, so that nobody should wait for it in his own process."""

    def schedds(self) -> list[str]:
        """The schedds in use; new jobs go to the first if nothing else is said."""

    def loads(self) -> dict[str, float]:
        """How busy each schedd is: the jobs in its queue, infinite if it is out of breath or not to be seen."""

    def intake(self, schedd: str) -> Intake:
        """How a schedd takes a submission."""

    def check(self) -> list[str]:
        """Ask every schedd; one line for each thing that is wrong, after `warning: ` if jobs may run all the same."""

    def count(self, batch_name: str) -> Counted:
        """Jobs of a batch name on all schedds; raises BatchError only if none answers."""

    def submit(self, schedd: str, description: Path) -> int:
        """Submit a rendered description, all jobs or none; proc is the row number of the items. Returns the cluster."""

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """Somebody who submits for a pass."""

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """What changed since the cursor ('' = everything known), or with `sweep` also what did not and is in the queue.

        In parts, as they are read; at least one.
        """

    def living(self, schedd: str) -> set[ProcId]:
        """Our jobs that are in the queue and not completed, waiting ones included."""

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job that is in the queue and not completed, also those of other tools."""

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """What is known of jobs of these clusters that have left the queue."""

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters that carry each of these claims, in order, from queue, cluster ads and history."""

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """Our jobs that are in the queue; one that is materialized meanwhile is in both lists, never in none."""

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """Our jobs of these clusters that are in the queue, without waiting ones and those that do not say their output."""

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """All that is known of jobs that are in the queue, as JSON takes it; those that are not there are left out."""

    def remove_command(self, schedd: str, cluster: int) -> str:
        """What a person types to remove a whole cluster."""

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold."""

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs."""

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs from the queue; those that have left already are no error."""

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change what jobs ask for; those that run keep what they have."""

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change which of a user's jobs start first; larger is sooner."""

    def nodes(self) -> set[str]:
        """The nodes that jobs may run on, in small letters; none where a batch system has no choice of them."""

    def count_unlisted(self, schedd: str) -> int:
        """Our jobs in the queue, waiting ones included, that can be kept away from no node."""

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        """Our jobs in the queue, waiting ones included, that keep away from other nodes than these (names with commas)."""

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        """Let our jobs in the queue, waiting ones included, keep away from these nodes from their next start on.

        Returns how many do not, because they are another user's.
        """
