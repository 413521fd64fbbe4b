"""The verbs with one request to schedds: release, hold, kill, clear-held, priority."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prodcli import verbs
from prodcli.batch import Batch, ProcId
from prodcli.books.actions import Author, Target
from prodcli.books.job_filter import BookedJob
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import RecoveryPlan, plan_of
from prodcli.recovery.recovery_verb import RecoveryVerb

Request = Callable[[Batch, str, Sequence[ProcId], str], None]  # schedd, jobs, reason
_NOT_MADE = "not materialized yet"
_HOLD_CLUSTER = f"{_NOT_MADE} (condor_hold CLUSTER holds the whole cluster)"


@dataclass(frozen=True)
class QueueVerb(RecoveryVerb):
    """A verb that takes the jobs of `choose`, and sends one request to their schedds."""

    choose: Callable[[JobChoice], JobChoice]
    request: Request
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan for booked jobs."""
        return plan_of(self.verb, self.choose(JobChoice(jobs)), self.parameters)

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """The request to each schedd."""
        reason = f"prodcli {self.verb.name}: {author.reason}".rstrip(": ")

        def ask(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
            self.request(batch, schedd, [target.proc_id for target in targets], reason)

        return PlanWork(part, ask)


def release(recovery: Recovery, user_holds: bool = False) -> QueueVerb:
    """Release held jobs; jobs held by a person only with `user_holds`."""
    return QueueVerb(recovery, verbs.RELEASE, lambda jobs: jobs.held(user_holds), _release)


def clear_held(recovery: Recovery, user_holds: bool = False) -> QueueVerb:
    """Remove held jobs from the queues; jobs held by a person only with `user_holds`."""
    return QueueVerb(recovery, verbs.CLEAR_HELD, lambda jobs: jobs.held(user_holds), _remove)


def hold(recovery: Recovery) -> QueueVerb:
    """Put jobs on hold."""
    return QueueVerb(recovery, verbs.HOLD, lambda jobs: jobs.not_held().materialized(_HOLD_CLUSTER), _hold)


def kill(recovery: Recovery) -> QueueVerb:
    """Remove jobs from the queues, jobs that are not materialized yet, too."""
    return QueueVerb(recovery, verbs.KILL, lambda jobs: jobs, _remove)


def priority(recovery: Recovery, value: int) -> QueueVerb:
    """Change which jobs start first."""

    def edit(batch: Batch, schedd: str, ids: Sequence[ProcId], _: str) -> None:
        batch.edit_priority(schedd, ids, value)

    return QueueVerb(recovery, verbs.PRIORITY, lambda jobs: jobs.materialized(_NOT_MADE), edit, {"priority": value})


def _release(batch: Batch, schedd: str, ids: Sequence[ProcId], _: str) -> None:
    batch.release(schedd, ids, "prodcli release")


def _remove(batch: Batch, schedd: str, ids: Sequence[ProcId], reason: str) -> None:
    batch.remove(schedd, ids, reason)


def _hold(batch: Batch, schedd: str, ids: Sequence[ProcId], reason: str) -> None:
    batch.hold(schedd, ids, reason)
