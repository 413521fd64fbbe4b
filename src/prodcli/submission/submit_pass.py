"""A submission pass from end to end: settle the claims of killed passes, plan, then submit or only show."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.batch import Batch, SubmitProcess
from prodcli.books import actions
from prodcli.books.claimant import myself
from prodcli.books.claims import Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.db.schema import readable, require_current
from prodcli.errors import BatchError
from prodcli.exclusions import noted as exclusions_noted
from prodcli.exclusions.masks import Mask, masks_in_words
from prodcli.exclusions.noted import Exclusions
from prodcli.fault_points import reached
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_in_parts import planned_in_parts
from prodcli.planning.unblock import erased, look
from prodcli.progress import Progress, silent
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.rules.model import Rule
from prodcli.rules.required_files import require_ready
from prodcli.runs.selection import RunSelection
from prodcli.submission.files import render_only
from prodcli.submission.pass_lock import pass_lock
from prodcli.submission.schedd_choice import require_known
from prodcli.submission.submitter import CHUNK, Outcome, Submitter
from prodcli.verbs import UNBLOCK

if TYPE_CHECKING:
    from prodcli.books.actions import Author

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Redoing:
    """Outputs that an open action has erased, to be submitted under this action."""

    action: str
    outputs: frozenset[str]


@dataclass(frozen=True)
class Unblocking:
    """The request to unblock: states, author, and the question before anything is claimed."""

    states: tuple[str, ...]
    author: Author
    consent: Callable[[Plan], None]


@dataclass(frozen=True)
class Pass:
    """A pass of one rule over a selection of runs."""

    rule: Rule
    runs: RunSelection
    segments: RunSelection | None
    catalogs: Catalogs
    books: Books
    batch: Batch
    campaigns: Path
    templates: Path | None
    maxjobs: int
    maxqueued: int
    progress: Progress = silent
    schedd: str = ""
    chunk_size: int = CHUNK
    masks: tuple[Mask, ...] = ()
    unblocking: Unblocking | None = None
    redoing: Redoing | None = None

    def plan(self, meanwhile: Callable[[Plan], None] | None = None) -> Plan:
        """The plan under the masks of this pass and of the books; reads only.

        `meanwhile` is called with the plan of the newest runs while older runs are matched.
        """
        with self._in_parts() as plan:
            if meanwhile is not None:
                meanwhile(plan)
            if plan.rest:
                with self.progress("matching older runs", len(plan.rest)) as advance:
                    for _ in plan.rest:
                        plan = plan.grown
                        advance(1)
            return plan

    def _at_once(self) -> Plan:
        noted = self._noted()
        free = partial(look, self.books, self.batch, self.unblocking.states) if self.unblocking else None
        free = partial(erased, self.books, self.redoing.outputs) if self.redoing else free
        return make_plan(
            self.rule, self.runs, self.segments, self.catalogs, self.books, self.progress, noted, self.templates, free
        )

    def _noted(self) -> Exclusions:
        noted = exclusions_noted.active(self.books.database)
        return replace(noted, masks=self.masks + noted.masks)

    def _in_parts(self) -> AbstractContextManager[Plan]:
        """The plan of the newest runs, which grows."""
        if self.unblocking or self.redoing:  # a person looks, or has looked, at all of it first
            return nullcontext(self._at_once())
        noted = self._noted()

        def make(runs: RunSelection, catalogs: Catalogs, books: Books, progress: Progress) -> Plan:
            return make_plan(self.rule, runs, self.segments, catalogs, books, progress, noted, self.templates)

        return planned_in_parts(make, self.rule, self.runs, self.catalogs, self.books, self.progress)

    def dry_run(self) -> Plan:
        """The jobs that `run` would submit; changes nothing anywhere."""
        self.require_ready()
        current = self.looked_at()
        left: list[int | None] = []
        plan = self.plan(lambda newest: left.append(self._counted_queue_left(newest, current)))
        return plan.limited(self._most(plan, *left))

    def require_ready(self) -> None:
        """Raise RuleError for files that the jobs of the rule would not find, UsageError for an unknown schedd."""
        require_ready(self.rule)
        require_known(self.batch, self.schedd)

    def looked_at(self) -> bool:
        """Raise DatabaseError if the books cannot be read; False, with a warning, if a migration is due."""
        current = readable(self.books.database)
        if not current:
            log.warning("%s: run prodcli db upgrade before submitting", self.books.database.where)
        return current

    def queue_left(self, plan: Plan, current: bool) -> int:
        """The number of jobs of a plan that `run` would submit; counts the queue if the books are `current`."""
        return self._most(plan, self._counted_queue_left(plan, current))

    def _most(self, plan: Plan, left: int | None) -> int:
        """The number of jobs of a plan to submit, with the room of the queue, or without a count of the queue."""
        most = self.maxjobs or len(plan.jobs)
        return most if left is None else min(most, left)

    def _counted_queue_left(self, plan: Plan, current: bool) -> int | None:
        """The room of the queue; None, with a warning, if the queue cannot be counted."""
        try:
            return max(0, self._submitter().queue_left(plan.layout, self.maxqueued) if current else self.maxqueued)
        except BatchError as failure:
            log.warning("the queue is not counted: %s", failure)
            return None

    def render(self) -> tuple[Plan, Path | None]:
        """Render the jobs that `run` would submit, on hold and without claims, for inspection."""
        plan = self.dry_run()
        try:
            how = self._submitter().commands(plan)
        except BatchError as failure:
            log.warning("rendered as if all jobs were made at once: %s", failure)
            how = {}
        return plan, render_only(plan, self.campaigns, self.templates, how)

    def run(self) -> tuple[Plan, Outcome]:
        """Submit the plan of the pass."""
        self.require_ready()
        with self.lock():
            return self.run_locked()

    def lock(self) -> AbstractContextManager[None]:
        """Keep other passes of the rule away on this host; raises PassRuns if one runs."""
        return pass_lock(self.campaigns / "locks", f"{self.rule.name}-{self.rule.outtriplet}")

    def run_locked(self) -> tuple[Plan, Outcome]:
        """Submit under the lock."""
        require_current(self.books.database)
        submitter = self._submitter()
        settle_dead_claims(self.books, self.batch, submitter.claimant)
        if self.redoing is None:
            actions.close_dead_outputs(self.books.database, submitter.claimant)
        with self.batch.submit_process() as process, self._in_parts() as plan:
            reached("submit.planned")
            if self.unblocking is not None and plan.unblocked.rows:
                plan, outcome = self._submit_again(plan, submitter, process, self.unblocking)
            else:
                action = self.redoing.action if self.redoing else ""
                outcome = submitter.submit(plan, process, self.maxjobs, self.maxqueued, action)
            if plan.whole.masks:
                log.info("%s", masks_in_words(self.rule.site, plan.whole.masks))
            return plan.whole, outcome

    def _submit_again(
        self, plan: Plan, submitter: Submitter, process: SubmitProcess, order: Unblocking
    ) -> tuple[Plan, Outcome]:
        """Ask, write the action on unblocked outputs, and submit them with the free outputs."""
        plan = plan.limited(self.queue_left(plan, current=True))
        rows = plan.again()
        if not rows:
            return plan, submitter.submit(plan, process, 0, self.maxqueued)
        order.consent(plan)
        parameters = {"rule": self.rule.name, "tag": self.rule.outtriplet, "states": list(order.states)}
        database = self.books.database
        action = actions.intend_outputs(database, UNBLOCK, rows, order.author, parameters)
        try:
            return plan, submitter.submit(plan, process, 0, self.maxqueued, action.id)
        finally:
            actions.close(database, action, actions.in_words(action, actions.changed(database, action)))

    def _submitter(self) -> Submitter:
        return Submitter(
            self.books,
            self.batch,
            myself(),
            self.campaigns,
            self.templates,
            self.progress,
            self.schedd,
            self.chunk_size,
        )
