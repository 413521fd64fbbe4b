"""A recovery verb as a service: plan, preview, act. It needs no terminal, so that loops and pages call it as well."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prodcli.books.actions import Author
from prodcli.books.job_filter import BookedJob
from prodcli.recovery.outcome import RecoveryOutcome
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
from prodcli.verbs import Verb


@dataclass(frozen=True)
class RecoveryVerb(ABC):
    """A verb with what was said of it; subclasses say which jobs it takes, and how a plan is carried out."""

    recovery: Recovery
    verb: Verb

    @property
    def places(self) -> Sequence[str]:
        """Where the books have the jobs that the verb takes."""
        return self.verb.places

    def plan(self, selection: JobSelection) -> RecoveryPlan:
        """What would be done with the jobs that are meant, after one harvest; raises BatchError or DatabaseError."""
        plan = self.plan_for(self.recovery.find(selection, self.places))
        return replace(plan, places=self.places).limited(selection.limit)

    def act(self, plan: RecoveryPlan, author: Author) -> RecoveryOutcome:
        """Carry out a plan, with one harvest; jobs that changed since, or that are in another action, are left alone."""
        works = {name: self.work(part, author) for name, part in plan.parts.items() if part.jobs}
        return self.recovery.act(works, author)

    @abstractmethod
    def plan_for(self, jobs: Sequence[BookedJob]) -> RecoveryPlan:
        """What would be done with jobs of the books."""

    @abstractmethod
    def work(self, part: RecoveryPlan, author: Author) -> PlanWork:
        """How a part of a plan is carried out."""
