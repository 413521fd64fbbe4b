"""The port: the operations that a batch system must have, in three groups, and its capabilities.

A batch system answers three groups - submit, ask, act. Its capabilities tell what else it has; no caller decides by its
name. Every operation raises BatchError if the batch system cannot be reached or refuses.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from prodcli.batch.answers import (
    Changes,
    ClaimedCluster,
    Counted,
    DescribedJob,
    Factory,
    Intake,
    JobEvent,
    ProcId,
    QueuedJob,
)
from prodcli.batch.idle_jobs import IdleGroup, QueueState, UserPriority

PATIENCE = 600.0  # seconds for one cluster; 20,000 jobs take some ten


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Properties of a batch system in any configuration; properties of a schedd are in its `Intake`."""

    name: str  # for people: as `batch.system` of the configuration has it
    may_hang: bool  # an answer may never come, so that nobody should wait for it in the process that has the work
    bit_by_bit: bool  # a cluster's jobs may be materialized one after the other: some wait that are in no queue yet


class SubmitProcess(Protocol):
    """Submits the descriptions of a pass, one after the other; a context that ends with the pass.

    While it is `busy` it answers no question. Raises BatchError as the batch system does.
    """

    busy: bool

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for a submission."""

    def count(self, batch_name: str) -> Counted:
        """Count the jobs of a batch name on all schedds."""

    def take(self, schedd: str, description: Path) -> None:
        """Begin to submit a rendered description, as `Batch.submit` does, beside other work."""

    def cluster(self, patience: float = PATIENCE) -> int:
        """Wait for the end of the submission, at most this many seconds; returns the cluster."""

    def give_up(self) -> None:
        """Stop a submission under way: all of its jobs are in the schedd's queue, or none will ever be."""


class Submitting(Protocol):
    """Submit jobs to a queue."""

    def loads(self) -> dict[str, float]:
        """The number of jobs in the queue of each schedd.

        Infinite for a schedd that is overloaded or does not answer.
        """

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for a submission."""

    def submit(self, schedd: str, description: Path) -> int:
        """Submit a rendered description, all jobs or none; proc is the row number of the items. Returns the cluster."""

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """A context that submits for a pass."""


class Asking(Protocol):
    """Read the queues, and the jobs that have left them. Changes nothing."""

    def check(self) -> list[str]:
        """Ask every schedd; one line for each fault, after `warning: ` if jobs may run all the same."""

    def count(self, batch_name: str) -> Counted:
        """Count the jobs of a batch name on all schedds; raises BatchError only if no schedd answers."""

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """Changes since the cursor ('' = everything known), with `sweep` also unchanged jobs in the queue.

        In parts, as they are read; at least one.
        """

    def living(self, schedd: str) -> set[ProcId]:
        """The jobs of prodcli that are in the queue and not completed, waiting ones included."""

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job that is in the queue and not completed, also jobs of other tools."""

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """The jobs of prodcli in the queue; a job that is materialized meanwhile is in both lists, never in none."""

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """The jobs of these clusters in the queue, without waiting jobs and jobs without attributes of their output."""

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """All attributes of jobs in the queue, for JSON; other jobs are left out."""

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """The events of jobs of these clusters that have left the queue."""

    def running_output(self, schedd: str, job: ProcId, stderr: bool, most: int) -> bytes | None:
        """The last bytes of what a running job has written to its stdout or stderr; None if nobody can tell.

        Raises no BatchError.
        """

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters that carry each of these claims, in order, from queue, cluster ads and history."""


class Acting(Protocol):
    """Change jobs that are in a queue; jobs that have left it are no error."""

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold."""

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs."""

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs from the queue."""

    def remove_command(self, schedd: str, cluster: int) -> str:
        """The command with which a person removes a whole cluster."""

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change the requested memory of jobs, in MB; running jobs keep their memory."""

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change which of a user's jobs start first; a larger number starts sooner."""


class NodeLists(Protocol):
    """The lists of excluded nodes that jobs carry."""

    def nodes(self) -> set[str]:
        """The nodes on which jobs may run, in small letters."""

    def count_unlisted(self, schedd: str) -> int:
        """The number of prodcli's jobs in the queue, waiting ones included, that carry no list."""

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        """The number of prodcli's jobs in the queue, waiting ones included, with another list (names with commas)."""

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        """Give prodcli's jobs in the queue, waiting ones included, this list, from their next start on.

        Returns the number of jobs that keep another list, because they belong to another user.
        """


class IdleLook(Protocol):
    """What the pool says about idle jobs. Changes nothing."""

    def groups(self, schedd: str, tags: Sequence[str] = ()) -> list[IdleGroup]:
        """The idle jobs of prodcli in a queue, of some tags, by what they ask for; the most frequent first."""

    def queues(self, schedds: Sequence[str]) -> list[QueueState]:
        """The jobs of some schedds, and the most that each of them runs."""

    def priorities(self) -> list[UserPriority]:
        """The users of the pool, whose jobs start first before all others."""


class Batch(Submitting, Asking, Acting, Protocol):
    """A batch system."""

    @property
    def capabilities(self) -> Capabilities:
        """The capabilities of the batch system."""

    @property
    def node_lists(self) -> NodeLists | None:
        """The lists of excluded nodes in jobs; None for a batch system without a choice of nodes."""

    @property
    def idle_jobs(self) -> IdleLook | None:
        """What the pool says about idle jobs; None for a batch system without a pool."""

    def schedds(self) -> list[str]:
        """The schedds in use; new jobs go to the first by default."""
