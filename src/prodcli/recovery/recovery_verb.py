"""A recovery verb as a service: plan, preview, act. It needs no terminal, so that loops and pages can call it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prodcli.books.actions import Author
from prodcli.books.job_filter import BookedJob
from prodcli.recovery.outcome import RecoveryOutcome
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan, finished_instead
from prodcli.services.needs import Lack, ServiceDown
from prodcli.verbs import Verb


@dataclass(frozen=True)
class RecoveryVerb(ABC):
    """A verb with its options; subclasses choose its jobs, and carry out a plan."""

    recovery: Recovery
    verb: Verb

    @property
    def places(self) -> Sequence[str]:
        """Where the books have the jobs that the verb takes."""
        return self.verb.places

    def plan(self, selection: JobSelection) -> RecoveryPlan:
        """The plan for a selection, after one harvest; failed jobs with a registered output are finished instead.

        Raises BatchError if no schedd answers, DatabaseError if a migration is due.
        """
        jobs = self.recovery.find(selection, self.places)
        proved = self.recovery.finish_proved(jobs, selection.as_booked)
        plan = self.plan_for([job for job in jobs if job.dbid not in proved])
        notes = [*plan.notes, *finished_instead(len(proved), selection.as_booked)]
        found = replace(plan, places=self.places, notes=notes)
        return self._told(found.sampled(selection.sample).limited(selection.limit))

    def plan_of(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan for booked jobs, with what is wrong with the services that they need."""
        return self._told(self.plan_for(jobs))

    def _told(self, plan: RecoveryPlan) -> RecoveryPlan:
        return replace(plan, lacks=[one.words for one in self._lacks(plan)])

    def require_services(self, plan: RecoveryPlan) -> None:
        """Raise ServiceDown if the site brings no jobs back while a service is down that the jobs of a plan need."""
        refused = [one.words for one in self._lacks(plan) if one.refuses]
        if refused and not (self.recovery.services and self.recovery.services.anyway):
            raise ServiceDown(
                "; ".join(refused),
                todo="no job is brought back; prodcli services set NAME up, once that is true, or --anyway",
            )

    def _lacks(self, plan: RecoveryPlan) -> list[Lack]:
        back = [job.dbid for part in plan.parts.values() if part.verb.brings_back for job, _ in part.jobs]
        return self.recovery.services.lacks(back) if self.recovery.services and back else []

    def act(self, plan: RecoveryPlan, author: Author) -> RecoveryOutcome:
        """Carry out a plan, with one harvest; jobs that changed since, and jobs of another action, are left alone.

        Raises ServiceDown if the site brings no jobs back while a service is down that they need.
        """
        self.require_services(plan)
        works = {name: self.work(part, author) for name, part in plan.parts.items() if part.jobs}
        return self.recovery.act(works, author)

    @abstractmethod
    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan for booked jobs."""

    @abstractmethod
    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """The work of a part of a plan."""
