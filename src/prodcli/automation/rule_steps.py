"""The steps of a pass for one rule: spiders, evidence, recovery, submission."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodcli.automation.attempts import attempted
from prodcli.automation.rule_recovery import RuleRecovery
from prodcli.automation.rule_result import RulePass, counted_reasons
from prodcli.books import actions
from prodcli.books.queue_limit import MAXQUEUED
from prodcli.cursors.follow import Follower, move_after_pass
from prodcli.cursors.words import names_cursor
from prodcli.db.schema import require_current
from prodcli.errors import PartlyDone, ProdError
from prodcli.evidence.finish import finish, plan_finish, wanted_of
from prodcli.health.disk_space import full_roots
from prodcli.productions.approval import unapproved
from prodcli.productions.booked import stopped
from prodcli.registration.spider import Spider, SpiderKind
from prodcli.rules.layout import Layout
from prodcli.rules.model import AutomaticRecovery
from prodcli.runs.selection import ALL_RUNS
from prodcli.sizes import counted
from prodcli.submission.pass_request import PassRequest, SubmitLimits
from prodcli.submission.submit_pass import Pass, PassResources

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.db import Database
    from prodcli.harvest.harvest import Harvest
    from prodcli.recovery.recovery import Recovery
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection
    from prodcli.steering.steered_rule import SteeredRule
    from prodcli.submission.submitter import Outcome

Step = Callable[[], RulePass]


@dataclass(frozen=True, kw_only=True)
class RuleResources:
    """Everything that a pass over rules needs from outside.

    `harvest` updates the books, `load` reads the rule that steering names, `runs_of` its runs. `lock` keeps other passes of
    a rule away, and raises PassRuns. `most` is the largest memory in MB that recovery may request.
    """

    outside: PassResources
    filecatalog: Database
    recovery: Recovery
    author: Author
    harvest: Callable[[], Harvest]
    load: Callable[[SteeredRule], Rule]
    runs_of: Callable[[SteeredRule, Rule], RunSelection]
    lock: Callable[[SteeredRule], AbstractContextManager[None]]
    most: int | None = None

    @property
    def books(self) -> Database:
        """The production database."""
        return self.outside.books.database


def steps_of(resources: RuleResources, steered: SteeredRule) -> RuleSteps:
    """The steps of a rule, which is read anew; raises RuleError, and UsageError for runs that cannot be read."""
    rule = resources.load(steered)
    return RuleSteps(resources, steered, rule, resources.runs_of(steered, rule))


@dataclass(frozen=True)
class RuleSteps:
    """The steps of a pass for one rule and its runs; each raises ProdError if it fails."""

    resources: RuleResources
    steered: SteeredRule
    rule: Rule
    runs: RunSelection

    def wanted(self, most: int | None, full: str) -> Iterator[tuple[str, Step]]:
        """The steps that steering and rule ask for, by name; `full` says why nothing may be submitted."""
        steered, allowed = self.steered, self.allowed
        closed = self._closed if steered.submit else ""
        full = closed or full
        if steered.histspider:
            yield "histspider", lambda: self.spider(SpiderKind.HIST)
        if steered.dstspider:
            yield "dstspider", lambda: self.spider(SpiderKind.DST)
        if steered.finishmon:
            yield "finish", self.finish
        if steered.submit and not closed and (allowed.memory or allowed.retries):
            yield "recover", self.recover
        if steered.submit:
            yield "submit", lambda: replace(self._result, note=full) if full else self.submit(most)

    @property
    def allowed(self) -> AutomaticRecovery:
        """The automatic recovery that steering allows, else the rule or the site."""
        said = self.rule.job.recovery
        if self.steered.recover is None or (self.steered.recover and (said.memory or said.retries)):
            return said
        return AutomaticRecovery(memory=self.steered.recover, retries=2 * self.steered.recover)

    @property
    def _closed(self) -> str:
        """Why no jobs of the rule may be submitted; empty if they may."""
        return stopped(self.resources.books, self.rule.product) or unapproved(self.resources.books, self.rule)

    @property
    def _result(self) -> RulePass:
        return RulePass(rule=self.steered.name, tag=self.rule.outtriplet)

    @property
    def made_runs(self) -> RunSelection:
        """The runs whose outputs are registered: jobs of runs before a cursor may still be running."""
        return ALL_RUNS if names_cursor(self.steered.run_words) else self.runs

    def spider(self, kind: SpiderKind) -> RulePass:
        """Register staged files of a kind; raises PartlyDone if some fail."""
        require_current(self.resources.books)
        catalog, books = self.resources.filecatalog, self.resources.books
        catch = Spider(
            layout=Layout(self.rule), kind=kind, selection=self.made_runs, filecatalog=catalog, books=books
        ).run()
        if catch.new + catch.refreshed:
            self._note(
                f"spider {kind.name.lower()}", f"{counted(catch.new, 'file')} registered, {catch.refreshed} refreshed"
            )
        if catch.failed.count:
            raise PartlyDone(f"{catch.failed.count} files or folders failed", where=catch.failed.first[0])
        return replace(self._result, registered=catch.new + catch.refreshed)

    def finish(self) -> RulePass:
        """Finish jobs whose outputs are registered."""
        proof, books = self.resources.recovery.proof, self.resources.books
        if proof is None:
            return self._result
        plan = plan_finish(books, proof, wanted_of(self.rule, self.made_runs, self.steered.segments))
        if not plan.proved:
            return self._result
        about = {"rule": self.rule.name, "tag": self.rule.outtriplet}
        return replace(self._result, finished=finish(books, plan, self.resources.author, about))

    def recover(self) -> RulePass:
        """Recover held and failed jobs, as far as the rule allows."""
        this = self.resources
        recovery = RuleRecovery(this.recovery, self.rule, self.allowed, this.author, this.most, int(time.time()))
        return replace(self._result, recovered=recovery.run())

    def submit(self, most: int | None) -> RulePass:
        """Submit at most so many jobs; None: without a bound."""
        if most == 0:
            return replace(self._result, note="the other rules have taken the room of the queues")
        if full := "; ".join(full_roots(self.rule)):
            return replace(self._result, error=f"{full}: nothing is submitted", disk=full)
        outcome = self._pass(most).run()
        if outcome.jobs:
            self._note_submission(outcome)
        moved, _ = attempted(self.rule.name, lambda: self._move_cursor(outcome))
        reasons, only = counted_reasons(outcome.plan.skips)
        return replace(moved, submitted=outcome.jobs, reasons=reasons, only=only)

    def look(self, most: int | None) -> RulePass:
        """What `submit` would do now; nothing is changed."""
        if why := self._closed or "; ".join(full_roots(self.rule)):
            return replace(self._result, error=why, code=ProdError.exit_code)
        plan = self._pass(most).dry_run()
        reasons, only = counted_reasons(plan.skips)
        return replace(self._result, submitted=len(plan.jobs), reasons=reasons, only=only)

    def _pass(self, most: int | None) -> Pass:
        """The pass that submits at most so many jobs; None: without a bound."""
        said = self.steered.maxqueued
        limits = SubmitLimits(maxjobs=most or 0, maxqueued=MAXQUEUED if said is None else said)
        wanted = PassRequest(rule=self.rule, runs=self.runs, segments=self.steered.segments, limits=limits)
        return Pass(wanted, self.resources.outside)

    def _move_cursor(self, outcome: Outcome) -> RulePass:
        """Move the cursor of the rule as the cursor says, if the runs are those from there on."""
        if self.steered.segments is not None:
            return self._result
        follower = Follower(self.resources.books, self.resources.outside.catalogs.daq)
        author = self.resources.author.account
        moved = move_after_pass(follower, self.rule, outcome.plan, self.steered.run_words, author)
        if moved is not None and moved.after is not None:
            self._note(f"cursor {moved.after.moves}", str(moved))
        return self._result

    def _note_submission(self, outcome: Outcome) -> None:
        clusters = [f"{one.cluster}@{one.schedd}" for one in outcome.submitted]
        self._note("submit", f"{counted(outcome.jobs, 'job')} submitted", outcome.jobs, clusters=clusters)

    def _note(self, verb: str, result: str, jobs: int = 0, **about: object) -> None:
        """Write what was done into the log of actions."""
        about = {"rule": self.rule.name, "tag": self.rule.outtriplet, **about}
        actions.note(self.resources.books, verb, self.resources.author, about, result, jobs)
