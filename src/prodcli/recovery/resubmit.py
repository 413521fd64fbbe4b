"""Resubmit: held jobs get more memory in the queue, failed jobs are submitted again, too large jobs are parked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prodcli.batch import Batch
from prodcli.books.actions import Author, Target
from prodcli.books.job_filter import ENDED, BookedJob
from prodcli.memory.requests import ABOVE, UNCHANGED, Raise, explained, kind_of, raise_memory, raised, unchanged
from prodcli.memory.use import supported
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.park import Park
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.stored_submissions import GONE, dbids_of, in_files
from prodcli.recovery.submit_again import MAXQUEUED, Resubmitter
from prodcli.states import Status
from prodcli.verbs import CLONE, FAILED, PARK, QUEUED, RESUBMIT, Verb


@dataclass(frozen=True)
class Resubmit(RecoveryVerb):
    """Give held jobs more memory and release them; submit failed jobs again, and with `clone` held jobs, too.

    Without `wanted` the memory is unchanged, which only jobs that are submitted again allow. Without `states` held jobs
    are taken, or with `clone` failed jobs. Jobs held by a person are taken only with `user_holds`.
    """

    verb: Verb = RESUBMIT
    wanted: Raise | None = None
    states: Sequence[str] = ()
    clone: bool = False
    user_holds: bool = False
    maxqueued: int = MAXQUEUED
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def meant_states(self) -> Sequence[str]:
        """The states of the wanted jobs; empty for all jobs in a queue."""
        return self.states or ([Status.FAILED] if self.clone else [])

    @property
    def places(self) -> Sequence[str]:
        """Where the books have jobs of these states."""
        states = self.meant_states
        ended = [state for state in states if state in ENDED]
        queued = not states or len(ended) < len(states)
        return [*([QUEUED] if queued else []), *([FAILED] if ended else [])]

    def plan(self, selection: JobSelection) -> RecoveryPlan:
        """The plan for jobs of these states.

        Raises BatchError if no schedd answers, DatabaseError if a migration is due.
        """
        return super().plan(replace(selection, wanted=replace(selection.wanted, states=self.meant_states)))

    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """Held jobs in the queue, and as another part the jobs that are submitted again."""
        queued = JobChoice([job for job in jobs if job.status != Status.FAILED]).held(self.user_holds)
        ended = [job for job in jobs if job.status == Status.FAILED and job.state in self.meant_states]
        if self.clone or QUEUED not in self.places:
            again = JobChoice([*(queued.jobs if self.clone else []), *ended], queued.left)
            return clone_plan(self.recovery, again, self.wanted, self.parameters)
        here = raise_plan(self.recovery, queued, self.wanted, self.parameters)
        there = clone_plan(self.recovery, JobChoice(ended), self.wanted, self.parameters)
        more = [part for part in (there, *here.more, *there.more) if part.jobs]
        return replace(here, left=here.left + there.left, notes=[*here.notes, *there.notes], more=more)

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """More memory in the queue, a submission, or parking."""
        if part.verb == PARK:
            return Park(self.recovery).work(part, author)
        if part.verb == CLONE:
            return Resubmitter(self.recovery, maxqueued=self.maxqueued).clone(part)
        return PlanWork(part, _raise_and_release)


def clone_plan(
    recovery: Recovery, choice: JobChoice, wanted: Raise | None, parameters: Mapping[str, Any]
) -> RecoveryPlan:
    """The jobs to submit again, with their memory; jobs without rendered files are left alone."""
    if wanted is not None:
        plan = raise_plan(recovery, choice, wanted, parameters)
    else:
        plan = RecoveryPlan(CLONE, unchanged(choice.jobs), choice.left, parameters)
    stored = in_files(recovery.database, [job.dbid for job, _ in plan.jobs])
    there = dbids_of(stored)
    fit = [(job, memory) for job, memory in plan.jobs if job.dbid in there]
    left = plan.left + Counter({GONE: len(plan.jobs) - len(fit)})
    notes = [UNCHANGED] if fit and wanted is None else plan.notes
    return replace(plan, verb=CLONE, jobs=fit, left=left, notes=notes, stored=stored)


def raise_plan(
    recovery: Recovery, choice: JobChoice, wanted: Raise | None, parameters: Mapping[str, Any]
) -> RecoveryPlan:
    """The jobs that get more memory; held jobs that need too much are parked."""
    if wanted is None or not choice.jobs:
        return RecoveryPlan(RESUBMIT, left=choice.left, parameters=parameters)
    if wanted.support is not None:
        wanted = replace(wanted, support=supported(recovery.replica, map(kind_of, choice.jobs)))
    found, left = raise_memory(choice.jobs, wanted)
    plan = RecoveryPlan(RESUBMIT, found, choice.left + left, parameters, explained(found, wanted))
    too_large = [job for job in choice.jobs if job.status == Status.HELD and raised(job, wanted) == ABOVE]
    return _with_parked(recovery, plan, too_large) if too_large else plan


def _with_parked(recovery: Recovery, plan: RecoveryPlan, too_large: Sequence[BookedJob]) -> RecoveryPlan:
    """The plan with jobs that need too much parked, if they can be submitted again later."""
    parked = Park(recovery, user_holds=True).plan_for(too_large)  # what a person held is no longer among them
    why = Counter({f"{ABOVE}, and cannot be parked: {reason}": count for reason, count in parked.left.items()})
    left = plan.left - Counter({ABOVE: len(too_large)}) + why
    return replace(plan, left=left, more=[replace(parked, parameters=plan.parameters)])


def _raise_and_release(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
    """Edit the requested memory of each group, then release all jobs."""
    groups: dict[int, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.memory_after or 0, []).append(target)
    for memory, group in sorted(groups.items()):
        batch.edit_memory(schedd, [target.proc_id for target in group], memory)
    batch.release(schedd, [target.proc_id for target in targets], "prodcli resubmit: more memory")
