"""Rescue: held, stalled and failed jobs by cause, and the verb that is proposed for each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prodcli.books.actions import Author
from prodcli.books.expiry import Until
from prodcli.books.job_filter import BookedJob
from prodcli.books.job_search import schedds_to_read
from prodcli.causes.advice import key_of
from prodcli.causes.failure_groups import FailureGroup
from prodcli.causes.failures import MasterAndReplica, find_failures
from prodcli.diagnosis.book_failures import keep_failures
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import BatchError
from prodcli.memory.requests import Raise, explained, raise_memory
from prodcli.nodes.excluded import Excluder, tell
from prodcli.recovery.job_choice import JobChoice
from prodcli.recovery.outcome import RecoveryOutcome
from prodcli.recovery.park import Park
from prodcli.recovery.queue_verbs import release
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
from prodcli.recovery.recovery_verb import RecoveryVerb
from prodcli.recovery.resubmit import Resubmit, ResubmitPlanner
from prodcli.verbs import CLONE, PARK, RELEASE, RESUBMIT, Verb

_EXCLUDED = 3 * 86400  # seconds that jobs keep away from a node where they fail


@dataclass(frozen=True)
class Failures:
    """The groups of held and failed jobs, with their next memory steps.

    `finished` is the number of failed jobs that are no longer among them, as their outputs are registered. `silence` says
    that no schedd answers, so that the groups are those of the last harvest.
    """

    groups: Sequence[FailureGroup]
    more: Raise
    finished: int = 0
    silence: BatchError | None = None

    def verb_for(self, recovery: Recovery, group: FailureGroup, park: bool = False) -> RescueVerb:
        """The verb that is proposed for a group; with `park` the verb that parks its jobs."""
        return RescueVerb(recovery, PARK if park else _verb_of(group), group, self.more)


def find_groups(recovery: Recovery, selection: JobSelection, since: int, most: int | None) -> Failures:
    """Group the selected jobs by cause, after one harvest; failed jobs with a registered output are finished instead.

    Failed jobs count since a time (seconds since 1970); `most` is the largest memory to request in MB. If no schedd
    answers, the books are taken as they are. Raises DatabaseError if a migration is due.
    """
    silence = _silence(recovery, selection)
    if silence is not None:
        selection = replace(selection, as_booked=True)
    books = MasterAndReplica(recovery.database, recovery.replica)
    if not selection.as_booked:
        keep_failures(recovery.database, recovery.catalog(), recovery.progress)
    proved: set[int] = set()

    def settled(jobs: Sequence[BookedJob]) -> set[int]:
        proved.update(recovery.finish_proved(jobs, selection.as_booked))
        return proved

    schedds = schedds_to_read(recovery.database, recovery.batch)
    found = find_failures(
        books, schedds, selection.wanted, since, most, selection.limit, settled, catalog=recovery.catalog
    )
    return Failures(*found, len(proved), silence)


def _silence(recovery: Recovery, selection: JobSelection) -> BatchError | None:
    """Harvest, unless the books are taken as they are; returns the failure if no schedd answers."""
    try:
        recovery.prepare(selection)
    except BatchError as failure:
        return BatchError(failure.what, where=failure.where, todo="the table shows the books as of the last harvest")
    return None


@dataclass(frozen=True)
class RescueVerb(RecoveryVerb):
    """The proposal for one group of jobs, carried out by its verb."""

    group: FailureGroup
    more: Raise

    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan for jobs of the group."""
        plan = self._plan(jobs)
        parameters = {"rescue": f"{key_of(self.group)} {self.group.kind}", **plan.parameters}
        if not self._accused:
            return replace(plan, parameters=parameters)
        note = f"jobs keep away from {', '.join(self._accused)} for 3 days (prodcli nodes exclude list)"
        return replace(plan, parameters={**parameters, "nodes": self._accused}, notes=[*plan.notes, note])

    def _plan(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        if self.verb == PARK:
            return Park(self.recovery).plan_for(jobs)
        needs_memory = self.group.action is Remedy.MEMORY
        if self.verb == CLONE:
            wanted = replace(self.more, any_hold=True) if needs_memory else None
            return ResubmitPlanner(self.recovery, wanted, {}).again(JobChoice(jobs))
        if self.verb == RESUBMIT:
            found, left = raise_memory(jobs, self.more)
            return RecoveryPlan(RESUBMIT, found, left, notes=explained(found, self.more))
        return release(self.recovery).plan_for(jobs)

    def act(self, plan: RecoveryPlan, author: Author) -> RecoveryOutcome:
        """Carry out a plan; black holes are excluded first, and queued jobs get the list."""
        self.require_services(plan)
        if not self._accused:
            return super().act(plan, author)
        this, why = self.recovery, replace(author, reason=author.reason or self.group.why)
        update = Excluder(this.database, this.batch, progress=this.progress).exclude(
            self._accused, why, Until(within=_EXCLUDED)
        )
        outcome = super().act(plan, author)
        if self.verb == CLONE:  # jobs that were rendered before carry an older list
            update = tell(this.database, this.batch, this.batch.schedds(), this.progress)
        return outcome.with_failed(update.failed)

    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """The work of the proposed verb."""
        verb = release(self.recovery) if part.verb == RELEASE else Resubmit(self.recovery)
        return verb.work(part, author)

    @property
    def _accused(self) -> list[str]:
        """The black holes that are to be excluded."""
        return self.group.accused if self.group.action is Remedy.NODE and self.verb != PARK else []


def _verb_of(group: FailureGroup) -> Verb:
    if group.action is Remedy.PARK:
        return PARK
    if not group.stays_in_queue:
        return CLONE
    return RESUBMIT if group.action is Remedy.MEMORY else RELEASE
