"""Resubmit: held jobs get more memory in the queue, failed jobs are submitted again, too large jobs are parked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from prodcli.batch import Batch
from prodcli.books.actions import Author, Target
from prodcli.books.job_filter import ENDED, BookedJob
from prodcli.books.queue_limit import MAXQUEUED
from prodcli.memory.requests import ABOVE, Raise, explained, kind_of, raise_memory, raised, unchanged, unchanged_note
from prodcli.memory.use import supported
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.park import Park
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.resubmit_description import Resources
from prodcli.recovery.stored_submissions import GONE, FileReader, dbids_of, in_files, read_rendered, with_kits
from prodcli.recovery.submit_again import Resubmitter
from prodcli.states import Status
from prodcli.verbs import CLONE, FAILED, PARK, QUEUED, RESUBMIT, Verb


@dataclass(frozen=True)
class Resubmit(RecoveryVerb):
    """Give held jobs more memory and release them; submit failed jobs again, and with `clone` held and stalled jobs, too.

    Without `wanted` the memory is unchanged, which only jobs that are submitted again allow. Without `states` held jobs
    are taken, or with `clone` failed jobs. Jobs held by a person are taken only with `user_holds`. `requests` are those of
    jobs that are submitted again, but for their memory.
    """

    verb: Verb = RESUBMIT
    wanted: Raise | None = None
    states: Sequence[str] = ()
    clone: bool = False
    user_holds: bool = False
    requests: Resources = field(default_factory=Resources)
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
        choice = JobChoice([job for job in jobs if job.status != Status.FAILED])
        queued = (choice.held_or_stalled if self.clone else choice.held)(self.user_holds)
        ended = [job for job in jobs if job.status == Status.FAILED and job.state in self.meant_states]
        planner = ResubmitPlanner(self.recovery, self.wanted, self.parameters)
        if self.clone or QUEUED not in self.places:
            return planner.again(JobChoice([*(queued.jobs if self.clone else []), *ended], queued.left))
        here, there = planner.in_place(queued), planner.again(JobChoice(ended))
        more = [part for part in (there, *here.more, *there.more) if part.jobs]
        return replace(here, left=here.left + there.left, notes=[*here.notes, *there.notes], more=more)

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """More memory in the queue, a submission, or parking."""
        if part.verb == PARK:
            return Park(self.recovery).work(part, author)
        if part.verb == CLONE:
            return Resubmitter(self.recovery, requests=self.requests, maxqueued=self.maxqueued).clone(part)
        return PlanWork(part, _raise_and_release)


@dataclass(frozen=True)
class ResubmitPlanner:
    """Makes the parts of one plan; rendered files are read once for all of them."""

    recovery: Recovery
    wanted: Raise | None
    parameters: Mapping[str, Any]
    read: FileReader = field(default_factory=lambda: cache(read_rendered))

    def again(self, choice: JobChoice) -> RecoveryPlan:
        """The jobs to submit again, with their memory; jobs without rendered files are left alone."""
        if self.wanted is not None:
            plan = self.in_place(choice)
        else:
            plan = RecoveryPlan(CLONE, unchanged(choice.jobs), choice.left, self.parameters)
        there = in_files(self.recovery.database, [job.dbid for job, _ in plan.jobs], self.read)
        stored, no_kit = with_kits(there)
        known, kept = dbids_of(there), dbids_of(stored)
        fit = [(job, memory) for job, memory in plan.jobs if job.dbid in kept]
        why = Counter(no_kit if job.dbid in known else GONE for job, _ in plan.jobs if job.dbid not in kept)
        left = plan.left + why
        notes = [unchanged_note(job for job, _ in fit)] if fit and self.wanted is None else plan.notes
        return replace(plan, verb=CLONE, jobs=fit, left=left, notes=notes, stored=stored)

    def in_place(self, choice: JobChoice) -> RecoveryPlan:
        """The jobs that get more memory; held jobs that need too much are parked."""
        wanted = self.wanted
        if wanted is None or not choice.jobs:
            return RecoveryPlan(RESUBMIT, left=choice.left, parameters=self.parameters)
        if wanted.support is not None:
            wanted = replace(wanted, support=supported(self.recovery.replica, map(kind_of, choice.jobs)))
        found, left = raise_memory(choice.jobs, wanted)
        plan = RecoveryPlan(RESUBMIT, found, choice.left + left, self.parameters, explained(found, wanted))
        too_large = [job for job in choice.jobs if job.status == Status.HELD and raised(job, wanted) == ABOVE]
        return self._with_parked(plan, too_large) if too_large else plan

    def _with_parked(self, plan: RecoveryPlan, too_large: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan, with jobs that would need too much parked, as far as they can be brought back."""
        park = Park(self.recovery, user_holds=True, read=self.read)  # what a person held is no longer among them
        parked = park.plan_for(too_large)
        why = Counter({f"{ABOVE}, and cannot be parked: {reason}": count for reason, count in parked.left.items()})
        left = plan.left - Counter({ABOVE: len(too_large)}) + why
        return replace(plan, left=left, more=[replace(parked, parameters=self.parameters)])


def _raise_and_release(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
    """Edit the requested memory of each group, then release all jobs."""
    groups: dict[int, list[Target]] = {}
    for target in targets:
        groups.setdefault(target.memory_after or 0, []).append(target)
    for memory, group in sorted(groups.items()):
        batch.edit_memory(schedd, [target.proc_id for target in group], memory)
    batch.release(schedd, [target.proc_id for target in targets], "prodcli resubmit: more memory")
