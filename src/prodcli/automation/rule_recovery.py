"""The automatic recovery that a rule allows: more memory for held jobs, and another try after passing failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.causes.classifiers import service
from prodcli.error_catalog.remedy import Remedy
from prodcli.evidence.finish import wanted_of
from prodcli.memory.requests import Raise
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.recovery.rescue import find_groups
from prodcli.recovery.resubmit import Resubmit
from prodcli.runs.selection import ALL_RUNS
from prodcli.services.needs import down_now
from prodcli.states import Status, Substatus
from prodcli.verbs import RESUBMIT

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.books.job_filter import BookedJob, JobFilter
    from prodcli.causes.failure_groups import FailureGroup
    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.recovery import Recovery
    from prodcli.rules.model import AutomaticRecovery, Rule

_LOOKS_BACK = 7 * 86400  # seconds; failures that are older are left to people
_PROVEN, _ENOUGH = 0.8, 10  # of retries that helped, and how many tell


@dataclass(frozen=True)
class RuleRecovery:
    """Recovers jobs of a rule without anybody's consent, as far as that is allowed; the books are up to date.

    `most` is the largest memory to request in MB; `now` is in seconds since 1970.
    """

    recovery: Recovery
    rule: Rule
    allowed: AutomaticRecovery
    author: Author
    most: int | None
    now: int

    def run(self) -> int:
        """Recover; returns the number of changed jobs. Raises ProdError if a database or schedd fails.

        While a service that the rule needs is down, jobs wait: they would fail again.
        """
        if down_now(self.recovery.database, self.rule):
            return 0
        changed = 0
        if self.allowed.memory:
            changed += self._climb()
        if self.allowed.retries:
            changed += self._retry(self.allowed.retries)
        return changed

    @property
    def _jobs(self) -> JobFilter:
        return wanted_of(self.rule, ALL_RUNS, None)

    def _climb(self) -> int:
        """Jobs that are held for memory get the next step of their ladder; those that need too much stay held."""
        wanted = replace(self._jobs, states=[Status.HELD])
        verb = Resubmit(self.recovery, RESUBMIT, wanted=Raise(ladder=True, most=self.most))
        plan = replace(verb.plan(JobSelection(wanted, as_booked=True)), more=[])
        return _changed(verb.act(plan, self.author)) if plan.jobs else 0

    def _retry(self, retries: int) -> int:
        """Jobs that met a passing failure start again, each at most `retries` times."""
        changed = 0
        wanted = replace(self._jobs, states=[Status.HELD, Status.FAILED, Substatus.LOST])
        found = find_groups(self.recovery, JobSelection(wanted, as_booked=True), self.now - _LOOKS_BACK, self.most)
        for group in found.groups:
            jobs = [job for job in group.jobs if _tries(job) <= retries]
            if jobs and passing(group):
                verb = found.verb_for(self.recovery, group)
                plan = verb.plan_of(jobs)
                changed += _changed(verb.act(plan, self.author)) if plan.jobs else 0
        return changed


def passing(group: FailureGroup) -> bool:
    """True for a failure that passes by itself: a service was down, the job was lost, or earlier retries helped."""
    if group.action is not Remedy.RETRY:
        return False
    proven = group.retried >= _ENOUGH and group.won >= _PROVEN * group.retried
    return proven or group.signature.state == Substatus.LOST or service(group.facts) is not None


def _tries(job: BookedJob) -> float:
    """How often a job met a failure: failed attempts, or starts of a held one; a job that was held before a start is left alone."""
    return job.failures if job.status == Status.FAILED else job.starts or float("inf")


def _changed(outcome: RecoveryOutcome) -> int:
    """The number of changed jobs; raises BatchError or PartlyDone if not all is done."""
    outcome.require_done()
    return sum(one.changed for one in outcome.actions.values())
