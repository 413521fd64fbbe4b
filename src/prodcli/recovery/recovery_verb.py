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
        return found.sampled(selection.sample).limited(selection.limit)

    def act(self, plan: RecoveryPlan, author: Author) -> RecoveryOutcome:
        """Carry out a plan, with one harvest; jobs that changed since, and jobs of another action, are left alone."""
        works = {name: self.work(part, author) for name, part in plan.parts.items() if part.jobs}
        return self.recovery.act(works, author)

    @abstractmethod
    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """The plan for booked jobs."""

    @abstractmethod
    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """The work of a part of a plan."""
