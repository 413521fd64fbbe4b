"""The port: what a batch system must be able to do, in three groups of operations, and what it may be able to do.

A batch system answers three groups - submit, ask, act - and says by its capabilities what else it has. Nothing above asks
for its name to decide. Every operation raises BatchError if the batch system cannot be reached or refuses.
"""

from collections.abc import Collection, Iterator
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

PATIENCE = 600.0  # seconds for one cluster; 20,000 jobs take some ten


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a batch system is like, whatever its configuration says; what depends on a schedd is in its `Intake`."""

    name: str  # for people: as `batch.system` of the configuration has it
    may_hang: bool  # an answer may never come, so that nobody should wait for it in the process that has the work
    bit_by_bit: bool  # a cluster's jobs may be materialized one after the other: some wait that are in no queue yet


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


class Submitting(Protocol):
    """Jobs into a queue."""

    def loads(self) -> dict[str, float]:
        """How busy each schedd is: the jobs in its queue, infinite if it is out of breath or not to be seen."""

    def intake(self, schedd: str) -> Intake:
        """How a schedd takes a submission."""

    def submit(self, schedd: str, description: Path) -> int:
        """Submit a rendered description, all jobs or none; proc is the row number of the items. Returns the cluster."""

    def submit_process(self) -> AbstractContextManager[SubmitProcess]:
        """A context that submits for a pass."""


class Asking(Protocol):
    """What is in the queues, and what has left them. Changes nothing."""

    def check(self) -> list[str]:
        """Ask every schedd; one line for each thing that is wrong, after `warning: ` if jobs may run all the same."""

    def count(self, batch_name: str) -> Counted:
        """Jobs of a batch name on all schedds; raises BatchError only if none answers."""

    def changes(self, schedd: str, cursor: str, sweep: bool = False) -> Iterator[Changes]:
        """What changed since the cursor ('' = everything known), or with `sweep` also what did not and is in the queue.

        In parts, as they are read; at least one.
        """

    def living(self, schedd: str) -> set[ProcId]:
        """Our jobs that are in the queue and not completed, waiting ones included."""

    def in_queue(self, schedd: str) -> set[ProcId]:
        """Every job that is in the queue and not completed, also those of other tools."""

    def ours(self, schedd: str) -> tuple[list[QueuedJob], list[Factory]]:
        """Our jobs that are in the queue; one that is materialized meanwhile is in both lists, never in none."""

    def describe(self, schedd: str, clusters: Collection[int]) -> list[DescribedJob]:
        """Our jobs of these clusters that are in the queue, without waiting ones and those that do not say their output."""

    def full_ads(self, schedd: str, ids: Collection[ProcId]) -> dict[ProcId, dict[str, Any]]:
        """All that is known of jobs that are in the queue, as JSON takes it; those that are not there are left out."""

    def history(self, schedd: str, clusters: Collection[int]) -> list[JobEvent]:
        """What is known of jobs of these clusters that have left the queue."""

    def find_claims(self, schedd: str, claims: Collection[str]) -> dict[str, list[ClaimedCluster]]:
        """The clusters that carry each of these claims, in order, from queue, cluster ads and history."""


class Acting(Protocol):
    """Changes to jobs that are in a queue; those that have left it are no error."""

    def hold(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Put jobs on hold."""

    def release(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Release held jobs."""

    def remove(self, schedd: str, ids: Collection[ProcId], reason: str) -> None:
        """Remove jobs from the queue."""

    def remove_command(self, schedd: str, cluster: int) -> str:
        """What a person types to remove a whole cluster."""

    def edit_memory(self, schedd: str, ids: Collection[ProcId], memory_mb: int) -> None:
        """Change what jobs ask for; those that run keep what they have."""

    def edit_priority(self, schedd: str, ids: Collection[ProcId], priority: int) -> None:
        """Change which of a user's jobs start first; larger is sooner."""


class NodeLists(Protocol):
    """The lists of nodes that jobs keep away from."""

    def nodes(self) -> set[str]:
        """The nodes that jobs may run on, in small letters."""

    def count_unlisted(self, schedd: str) -> int:
        """Our jobs in the queue, waiting ones included, that can be kept away from no node."""

    def count_other_nodes(self, schedd: str, nodes: str) -> int:
        """Our jobs in the queue, waiting ones included, that keep away from other nodes than these (names with commas)."""

    def edit_nodes(self, schedd: str, nodes: str) -> int:
        """Let our jobs in the queue, waiting ones included, keep away from these nodes from their next start on.

        Returns how many do not, because they are another user's.
        """


class Batch(Submitting, Asking, Acting, Protocol):
    """A batch system."""

    @property
    def capabilities(self) -> Capabilities:
        """What else it has."""

    @property
    def node_lists(self) -> NodeLists | None:
        """The lists of nodes that its jobs keep away from; None where a batch system has no choice of nodes."""

    def schedds(self) -> list[str]:
        """The schedds in use; new jobs go to the first if nothing else is said."""
