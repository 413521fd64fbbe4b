"""A submission pass from end to end: settle the claims of killed passes, plan, then submit or only show."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from prodcli.batch import Batch, SubmitProcess
from prodcli.books import actions
from prodcli.books.claimant import myself
from prodcli.books.claims import Books
from prodcli.books.products import require_same_outputs
from prodcli.catalogs.catalogs import Catalogs
from prodcli.db.schema import readable, require_current
from prodcli.errors import BatchError, ProdError, RuleError
from prodcli.exclusions import noted as exclusions_noted
from prodcli.exclusions.masks import masks_in_words
from prodcli.fault_points import reached
from prodcli.health.disk_space import full_roots
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_in_parts import planned_in_parts
from prodcli.planning.plan_request import PlanRequest
from prodcli.planning.unblock import Unblocked, erased, look
from prodcli.productions.approval import require_approved, unapproved
from prodcli.productions.booked import require_open, stopped
from prodcli.progress import Progress, silent
from prodcli.provenance.keeper import Keeper
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.rules.job_script import with_script
from prodcli.rules.kit import with_kit
from prodcli.rules.model import Rule
from prodcli.rules.required_files import lacks, require_ready
from prodcli.services.needs import lacks_of, needs_of, require_services
from prodcli.submission.files import render_only
from prodcli.submission.kit_copy import keep_kit
from prodcli.submission.pass_lock import pass_lock
from prodcli.submission.pass_request import PassRequest, Unblocking
from prodcli.submission.schedd_choice import require_known
from prodcli.submission.submitter import Outcome, Submitter
from prodcli.verbs import UNBLOCK

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PassResources:
    """Everything that a pass needs from outside; the site's own `templates` come before prodcli's.

    Without a `keeper` nothing is on record of what jobs are made from. A `preflight` raises ProdError if nothing may be
    submitted now.
    """

    catalogs: Catalogs
    books: Books
    batch: Batch
    campaigns: Path
    templates: Path | None = None
    progress: Progress = silent
    keeper: Keeper | None = None
    preflight: Callable[[Rule], None] | None = None


@dataclass(frozen=True)
class Pass:
    """A pass of one rule over a selection of runs."""

    wanted: PassRequest
    outside: PassResources

    def plan(self, meanwhile: Callable[[Plan], None] | None = None) -> Plan:
        """The plan under the masks of this pass and of the books; reads only.

        `meanwhile` is called with the plan of the newest runs while older runs are matched.
        """
        with self._in_parts() as plan:
            if meanwhile is not None:
                meanwhile(plan)
            if plan.rest:
                with self.outside.progress("matching older runs", len(plan.rest)) as advance:
                    for _ in plan.rest:
                        plan = plan.grown()
                        advance(1)
            return plan

    def _in_parts(self) -> AbstractContextManager[Plan]:
        """The plan of the newest runs, which grows."""
        wanted, outside = self._plan_request(), self.outside
        free = self._free()
        if free is not None:  # a person looks, or has looked, at all of it first
            return nullcontext(make_plan(wanted, outside.catalogs, outside.books, outside.progress, free))
        if self.wanted.sample:  # drawn from all of it
            plan = make_plan(wanted, outside.catalogs, outside.books, outside.progress)
            return nullcontext(plan.drawn(self.wanted.sample))
        return planned_in_parts(wanted, outside.catalogs, outside.books, outside.progress)

    def _plan_request(self) -> PlanRequest:
        wanted = self.wanted
        noted = exclusions_noted.active(self.outside.books.database)
        return PlanRequest(
            rule=self.rule,
            runs=wanted.runs,
            segments=wanted.segments,
            exclusions=replace(noted, masks=wanted.masks + noted.masks),
            templates=self.outside.templates,
        )

    def _free(self) -> Callable[[Sequence[str]], Unblocked] | None:
        """What tells which outputs that have a row may be claimed again; None if none may."""
        books, wanted = self.outside.books, self.wanted
        if wanted.redoing is not None:
            return partial(erased, books, wanted.redoing.outputs)
        return partial(look, books, self.outside.batch, wanted.unblocking.states) if wanted.unblocking else None

    def dry_run(self) -> Plan:
        """The jobs that `run` would submit; changes nothing anywhere."""
        self.require_ready()
        for why in (*full_roots(self.wanted.rule), *self.refusals(), *self._not_ready()):
            log.warning("a pass submits nothing now: %s", why)
        self._begin_look()
        current = self.looked_at()
        if current:
            self.require_same_outputs()
            database = self.outside.books.database
            for why in filter(None, (stopped(database, self.rule.product), unapproved(database, self.rule))):
                log.warning("a pass submits nothing now: %s", why)
        left: list[int | None] = []
        plan = self.plan(lambda newest: left.append(self._counted_queue_left(newest, current)))
        if self.outside.keeper is not None:
            self.outside.keeper.warn(self.rule)
        return plan.limited(self._most(plan, *left))

    def require_ready(self) -> None:
        """Raise RuleError for files that the jobs of the rule would not find, UsageError for an unknown schedd."""
        require_ready(self.wanted.rule)
        require_known(self.outside.batch, self.wanted.schedd)

    @cached_property
    def rule(self) -> Rule:
        """The rule with the full path of its script, and the folder of its kit."""
        return with_kit(with_script(self.wanted.rule), self.outside.campaigns)

    def _begin_look(self) -> None:
        """Look at the payload while the pass is planned."""
        if self.outside.keeper is not None:
            self.outside.keeper.begin(self.rule)

    def require_fit(self) -> None:
        """Raise ProdError for a payload that the site refuses, a service that is down, or a preflight with problems."""
        if self.outside.keeper is not None:
            self.outside.keeper.require_fit(self.rule)
        for words in require_services(self.outside.books.database, self.rule):
            log.warning("%s", words)
        if self.outside.preflight is not None:
            self.outside.preflight(self.rule)

    def require_open(self) -> None:
        """Raise ProductionStopped if the production or the tag of the rule is stopped, ProdError if nobody approved it."""
        require_open(self.outside.books.database, self.rule.product)
        require_approved(self.outside.books.database, self.rule)

    def refusals(self) -> Iterator[str]:
        """One line for each reason why the site submits nothing of the rule now: its payload, services that are down."""
        if self.outside.keeper is not None:
            yield from self.outside.keeper.refusals(self.rule)
        for one in lacks_of(self.outside.books.database, self.rule.site, needs_of(self.rule)):
            if one.refuses:
                yield one.words
            else:
                log.warning("%s", one.words)

    def _not_ready(self) -> Iterator[str]:
        """What the preflight says that was asked for, if it has a problem."""
        if self.outside.preflight is not None:
            try:
                self.outside.preflight(self.rule)
            except ProdError as failure:
                yield str(failure)

    def problems(self) -> Iterator[str]:
        """What would stop the pass now."""
        yield from lacks(self.wanted.rule)
        yield from full_roots(self.wanted.rule)
        yield from self.refusals()
        if readable(self.outside.books.database):
            try:
                self.require_same_outputs()
            except RuleError as failure:
                yield str(failure)

    def require_same_outputs(self) -> None:
        """Raise RuleError if jobs of the rule's product in the books make another number of outputs each."""
        self.outside.books.database.read(lambda tx: require_same_outputs(tx, self.wanted.rule))

    def looked_at(self) -> bool:
        """Raise DatabaseError if the books cannot be read; False, with a warning, if a migration is due."""
        database = self.outside.books.database
        current = readable(database)
        if not current:
            log.warning("%s: run prodcli db upgrade before submitting", database.where)
        return current

    def queue_left(self, plan: Plan, current: bool) -> int:
        """The number of jobs of a plan that `run` would submit; counts the queue if the books are `current`."""
        return self._most(plan, self._counted_queue_left(plan, current))

    def _most(self, plan: Plan, left: int | None) -> int:
        """The number of jobs of a plan to submit, with the room of the queue, or without a count of the queue."""
        most = self.wanted.limits.maxjobs or len(plan.jobs)
        return most if left is None else min(most, left)

    def _counted_queue_left(self, plan: Plan, current: bool) -> int | None:
        """The room of the queue; None, with a warning, if the queue cannot be counted."""
        try:
            return max(0, self._submitter().queue_left(plan.layout) if current else self.wanted.limits.maxqueued)
        except BatchError as failure:
            log.warning("the queue is not counted: %s", failure)
            return None

    def render(self) -> tuple[Plan, Path | None]:
        """Render the jobs that `run` would submit, on hold and without claims, for inspection."""
        plan = self.dry_run()
        keep_kit(plan.rule)
        try:
            how = self._submitter().commands(plan)
        except BatchError as failure:
            log.warning("rendered as if all jobs were made at once: %s", failure)
            how = {}
        return plan, render_only(plan, self.outside.campaigns, self.outside.templates, how)

    def run(self) -> Outcome:
        """Submit the plan of the pass; raises ProdError if a root is fuller than the site allows, or the site refuses the payload."""
        self.require_ready()
        self.require_fit()
        if full := full_roots(self.wanted.rule):
            raise ProdError("; ".join(full), todo="nothing is submitted; prodcli usage shows what takes the space")
        with self.lock():
            return self.run_locked()

    def lock(self) -> AbstractContextManager[None]:
        """Keep other passes of the rule away on this host; raises PassRuns if one runs."""
        rule = self.wanted.rule
        return pass_lock(self.outside.campaigns / "locks", f"{rule.name}-{rule.outtriplet}")

    def run_locked(self) -> Outcome:
        """Submit under the lock."""
        books, batch, redoing = self.outside.books, self.outside.batch, self.wanted.redoing
        require_current(books.database)
        self.require_open()
        self.require_same_outputs()
        self._begin_look()
        submitter = self._submitter()
        settle_dead_claims(books, batch, submitter.claimant)
        if redoing is None:
            actions.close_dead_outputs(books.database, submitter.claimant)
        with batch.submit_process() as process, self._in_parts() as plan:
            reached("submit.planned")
            if self.wanted.unblocking is not None and plan.unblocked.rows:
                outcome = self._submit_again(plan, submitter, process, self.wanted.unblocking)
            else:
                outcome = submitter.submit(plan, process, redoing.action if redoing else "")
            if outcome.plan.masks:
                log.info("%s", masks_in_words(outcome.plan.rule.site, outcome.plan.masks))
            return outcome

    def _submit_again(self, plan: Plan, submitter: Submitter, process: SubmitProcess, order: Unblocking) -> Outcome:
        """Ask, write the action on unblocked outputs, and submit them with the free outputs."""
        plan = plan.limited(self.queue_left(plan, current=True))
        rows = plan.again()
        if not rows:
            return submitter.submit(plan, process)
        order.consent(plan)
        rule, database = self.wanted.rule, self.outside.books.database
        parameters = {"rule": rule.name, "tag": rule.outtriplet, "states": list(order.states)}
        action = actions.intend_outputs(database, UNBLOCK, rows, order.author, parameters)
        try:
            return submitter.submit(plan, process, action.id)
        finally:
            actions.close(database, action, actions.in_words(action, actions.changed(database, action)))

    def _submitter(self) -> Submitter:
        outside = self.outside
        return Submitter(
            books=outside.books,
            batch=outside.batch,
            claimant=myself(),
            campaigns=outside.campaigns,
            templates=outside.templates,
            progress=outside.progress,
            schedd=self.wanted.schedd,
            limits=self.wanted.limits,
            catalogs=outside.catalogs,
            keeper=outside.keeper,
        )
