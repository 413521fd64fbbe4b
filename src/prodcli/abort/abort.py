"""Abort a tag over all its rules: nobody submits jobs of the tag any more, and its jobs leave the queues.

The stop comes first, so that no pass fills the queues again. Passes that submit at this moment look at the stop between two
clusters: their clusters are waited for, and their jobs go, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.abort.tag_jobs import RuleJobs, with_queued
from prodcli.automation.loops_of_books import loops
from prodcli.books.claims import Books
from prodcli.books.job_filter import JobFilter
from prodcli.errors import PartlyDone, UsageError
from prodcli.names import did_you_mean
from prodcli.productions.booked import stop_tag
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.recovery import queue_verbs
from prodcli.recovery.recovery_plan import JobSelection
from prodcli.reports.known_names import known_tags
from prodcli.sizes import counted
from prodcli.states import LIVE, Status

if TYPE_CHECKING:
    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.books.actions import Author
    from prodcli.db import Transaction
    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.recovery_plan import RecoveryPlan

_PATIENCE, _PAUSE = 60.0, 0.5  # seconds to wait for clusters that are being submitted, and between two looks
_RUNNING = (Status.STARTED, Status.RUNNING)


@dataclass(frozen=True)
class AbortPlan:
    """What an abort stops and removes: jobs by rule and kind, the jobs in the queues, and the loops at work on the tag."""

    tag: str
    rules: Sequence[RuleJobs]
    queued: RecoveryPlan
    loops: Sequence[BookedLoop]

    @property
    def jobs(self) -> int:
        """The number of jobs to remove."""
        return sum(one.jobs for one in self.rules)


@dataclass(frozen=True)
class TagAbort:
    """The abort of a tag; with `keep_running` running jobs go on to their end."""

    recovery: Recovery
    tag: str
    keep_running: bool = False
    patience: float = _PATIENCE
    sleep: Callable[[float], object] = time.sleep

    def plan(self, as_booked: bool = False) -> AbortPlan:
        """The plan, after one harvest unless the books are taken as they are; changes nothing.

        Raises UsageError for a tag without any job, BatchError if no schedd answers, DatabaseError if a migration is due.
        """
        states = [one for one in LIVE if one not in _RUNNING] if self.keep_running else []
        selection = JobSelection(JobFilter(tags=[self.tag], states=states), as_booked=as_booked)
        queued = queue_verbs.kill(self.recovery).plan(selection)
        rules, places = self.recovery.database.read(self._known)
        if not rules and not places:
            self._require_known()
        at_work = [one for one in loops(self.recovery.database) if (one.process.host_name, one.file) in places]
        return AbortPlan(self.tag, with_queued(rules, [job for job, _ in queued.jobs]), queued, at_work)

    def act(self, author: Author) -> tuple[AbortPlan, RecoveryOutcome]:
        """Stop the tag, wait for clusters that are being submitted, and remove all jobs from the queues.

        Raises PartlyDone if a pass still submits, or if a schedd does not answer.
        """
        stop_tag(self.recovery.database, self.tag, author.reason, author.account)
        left = self._wait_for_submissions()
        plan = self.plan()
        outcome = queue_verbs.kill(self.recovery).act(plan.queued, author)
        if left:
            words = f"{counted(left, 'job')} of {self.tag} are still being submitted"
            raise PartlyDone(words, todo="run the command again; prodcli reconcile shows the claims")
        return plan, outcome

    def _wait_for_submissions(self) -> int:
        """Wait until no job of the tag is being submitted; returns how many still are when patience ends."""
        waited = 0.0
        with self.recovery.progress("waiting for clusters that are being submitted"):
            while left := self._submitting():
                settle_dead_claims(Books(self.recovery.database), self.recovery.batch, self.recovery.me)
                if waited >= self.patience:
                    return left
                self.sleep(_PAUSE)
                waited += _PAUSE
        return 0

    def _submitting(self) -> int:
        rules, _ = self.recovery.database.read(self._known)
        return sum(one.kinds.get("submitting", 0) for one in rules)

    def _known(self, tx: Transaction) -> tuple[list[RuleJobs], set[tuple[str, str]]]:
        """The rules with jobs of the tag; and hosts and files of passes over rules of the tag."""
        rules = list(tx.rows_as(_rule, "rules_of_tag", tag=self.tag))
        return rules, set(tx.rows_as(_place, "passes_of_tag", tag=self.tag))

    def _require_known(self) -> None:
        known = known_tags(self.recovery.replica)
        if self.tag in known:
            return
        todo = "prodcli query shows all tags"
        raise UsageError(f"no job and no pass has the tag {self.tag!r:.80}{did_you_mean(self.tag, known)}", todo=todo)


def _rule(rule: str | None, dsttype: str | None, submitting: int, parked: int) -> RuleJobs:
    return RuleJobs(rule or "", dsttype or "", parked, {"submitting": submitting} if submitting else {})


def _place(host: str, file: str, **_: Any) -> tuple[str, str]:
    return host, file
