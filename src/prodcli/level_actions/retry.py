"""Retry what failed below a level: the causes by step, and the verbs that bring their jobs back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.error_catalog.remedy import Remedy
from prodcli.level_actions.level_jobs import jobs_of
from prodcli.productions.booked import stopped
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.recovery.rescue import find_groups
from prodcli.services.needs import ServiceDown

if TYPE_CHECKING:
    from prodcli.causes.failure_groups import FailureGroup
    from prodcli.errors import BatchError
    from prodcli.hierarchy.chosen import ChosenStep
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.recovery_plan import RecoveryPlan
    from prodcli.recovery.rescue import Failures, RescueVerb

_RETRIED = (Remedy.RETRY, Remedy.MEMORY, Remedy.NODE)


@dataclass(frozen=True)
class Retried:
    """A verb with the plan that brings jobs back."""

    verb: RescueVerb
    plan: RecoveryPlan


@dataclass(frozen=True)
class StepCause:
    """Jobs of a step with one cause, and what brings them back.

    Without that the jobs are for a person, or `refused` says why nobody brings them back now.
    """

    step: ChosenStep
    group: FailureGroup
    retried: Retried | None
    refused: str = ""

    @property
    def jobs(self) -> int:
        """The number of jobs that are brought back."""
        return self.retried.plan.total if self.retried else 0


@dataclass(frozen=True)
class RetryPlan:
    """The causes of all steps, the number of failed jobs that are finished instead, and the failure if no schedd answers."""

    causes: Sequence[StepCause] = ()
    finished: int = 0
    silence: BatchError | None = None

    @property
    def jobs(self) -> int:
        """The number of jobs that are brought back."""
        return sum(one.jobs for one in self.causes)

    @property
    def doable(self) -> list[StepCause]:
        """The causes of which jobs are brought back."""
        return [one for one in self.causes if one.jobs]

    @property
    def lacks(self) -> list[str]:
        """What is wrong with services that the jobs need, each once."""
        return list(dict.fromkeys(words for one in self.doable if one.retried for words in one.retried.plan.lacks))

    @property
    def refusals(self) -> list[str]:
        """Why jobs are not brought back now, each reason once."""
        return list(dict.fromkeys(one.refused for one in self.causes if one.refused))


@dataclass(frozen=True)
class Retry:
    """Brings failed jobs of a level back; failures count since a time (seconds since 1970), `most` is the largest memory in MB."""

    recovery: Recovery
    since: int
    most: int | None

    def plan(self, steps: Sequence[ChosenStep], as_booked: bool) -> RetryPlan:
        """What is to be done, after one harvest unless the books are taken as they are.

        Raises DatabaseError if a migration is due.
        """
        causes: list[StepCause] = []
        finished, silence = 0, None
        for step in steps:
            selection = JobSelection(jobs_of(step), as_booked=as_booked)
            found = find_groups(self.recovery, selection, self.since, self.most)
            silence, as_booked = silence or found.silence, True
            finished += found.finished
            causes += self._causes(step, found)
        return RetryPlan(causes, finished, silence)

    def _causes(self, step: ChosenStep, found: Failures) -> Iterator[StepCause]:
        closed = stopped(self.recovery.database, step.step.product) if found.groups else ""
        for group in found.groups:
            if group.action not in _RETRIED:
                yield StepCause(step, group, None)
            elif closed:
                yield StepCause(step, group, None, closed)
            else:
                yield self._cause(step, group, found.verb_for(self.recovery, group))

    def _cause(self, step: ChosenStep, group: FailureGroup, verb: RescueVerb) -> StepCause:
        plan = verb.plan_of(group.jobs)
        try:
            verb.require_services(plan)
        except ServiceDown as down:
            return StepCause(step, group, None, down.what)
        return StepCause(step, group, Retried(verb, plan))
