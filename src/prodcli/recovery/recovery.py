"""Act on jobs in the queues so that books and batch system agree, whatever happens in between.

Harvest, write the action, ask the schedds, harvest the outcome, close the action. The next process closes the action of
a dead process in the same way: jobs that were changed are booked, the others stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.batch import Batch
from prodcli.books import actions
from prodcli.books.actions import Action, Author, Target, target_of
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books
from prodcli.books.job_filter import BookedJob, JobFilter
from prodcli.books.job_search import find_jobs, schedds_to_read
from prodcli.books.rollup import fold
from prodcli.db import Database
from prodcli.db.schema import require_current
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.read_catalog import built_in_catalog
from prodcli.errors import BatchError, ProdError
from prodcli.evidence.finish import finish_failed
from prodcli.evidence.proof import CatalogProof
from prodcli.fault_points import reached
from prodcli.harvest.harvest import Harvest, Sweeping, harvest
from prodcli.progress import Progress, silent
from prodcli.provenance.keeper import Keeper
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.recovery.outcome import ActionOutcome, RecoveryOutcome
from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
from prodcli.recovery.vanished_jobs import book_vanished, not_materialized_from, vanished
from prodcli.services.service_check import ServiceCheck
from prodcli.states import Status
from prodcli.verbs import FAILED

log = logging.getLogger(__name__)
QueueAction = Callable[[Batch, str, list[Target]], None]  # what is asked of one schedd, for its jobs
Submission = Callable[
    [Action, Mapping[str, str]], dict[str, str]
]  # submits jobs of an action; takes and returns failures


@dataclass(frozen=True)
class PlanWork:
    """The work of a plan: the request to each schedd, and the submission after the books know its outcome."""

    plan: RecoveryPlan
    ask: QueueAction | None = None
    submit: Submission | None = None


@dataclass(frozen=True)
class _Begun:
    """An action whose schedds were asked, and why some of them failed."""

    work: PlanWork
    action: Action
    failed: dict[str, str]


@dataclass(frozen=True)
class Recovery:
    """Everything that recovery needs from outside; the `replica` only informs, `campaigns` has the rendered files.

    Without a `keeper` nothing is on record of what jobs that are submitted again are made from. `catalog` reads the error
    catalog of the site. `services` looks at the services that jobs need before they are brought back.
    """

    database: Database
    replica: Database
    batch: Batch
    me: Claimant
    campaigns: Path
    lost_grace: int
    sweep_every: int
    progress: Progress = silent
    proof: CatalogProof | None = None
    keeper: Keeper | None = None
    catalog: Callable[[], ErrorCatalog] = built_in_catalog
    services: ServiceCheck | None = None

    def refresh(self) -> None:
        """Harvest, and close the actions of dead processes; raises BatchError if no schedd answers."""
        require_current(self.database)
        found, _ = self._settle()
        if found.silent and len(found.silent) == len(self.batch.schedds()):
            raise BatchError(f"no schedd answers: {'; '.join(found.silent.values())}", todo="nothing was changed")

    def prepare(self, selection: JobSelection) -> None:
        """Harvest, unless the books are taken as they are.

        Raises BatchError if no schedd answers, DatabaseError if a migration is due.
        """
        if selection.as_booked:
            require_current(self.database)
        else:
            self.refresh()

    def find(self, selection: JobSelection, places: Sequence[str]) -> list[BookedJob]:
        """The jobs of a selection, after one harvest."""
        self.prepare(selection)
        schedds = schedds_to_read(self.database, self.batch) if selection.as_booked else self.batch.schedds()
        return [job for place in places for job in find_jobs(self.database, schedds, selection.wanted, place)]

    def finish_proved(self, jobs: Sequence[BookedJob], dry_run: bool) -> set[int]:
        """Finish those of some failed jobs whose outputs are registered, so that nobody redoes them; returns their dbids.

        A dry run only returns them.
        """
        failed = [job.dbid for job in jobs if job.status == Status.FAILED]
        return finish_failed(self.database, self.proof, failed, dry_run) if failed and self.proof else set()

    def finish_proved_of(self, wanted: JobFilter) -> int:
        """Finish the failed jobs of a filter whose outputs are registered; returns their number."""
        failed = find_jobs(self.database, self.batch.schedds(), wanted, FAILED) if wanted.states else []
        return len(self.finish_proved(failed, dry_run=False))

    def settle_dead(self, dry_run: bool = False) -> list[Action]:
        """Close the actions of dead processes, and return them; with `dry_run` only return them."""
        dead = actions.dead_actions(self.database, self.me)
        return dead if dry_run or not dead else self._settle()[1]

    def _settle(self) -> tuple[Harvest, list[Action]]:
        """Harvest, and close the open actions of dead processes; an action stays open until its schedds answer."""
        dead = actions.dead_actions(self.database, self.me)
        gone = [vanished(self.database, self.batch, action) for action in dead]
        if any(action.outputs or action.verb.submits for action in dead):
            settle_dead_claims(Books(self.database), self.batch, self.me)
        found = self.harvest()
        closed = []
        for action, jobs in zip(dead, gone, strict=True):
            if jobs is not None and not set(action.by_schedd) & set(found.silent):
                self._close(action, jobs, "interrupted")
                closed.append(action)
        return found, closed

    def act(self, works: Mapping[str, PlanWork], author: Author) -> RecoveryOutcome:
        """Carry out the parts of a plan, by name, with one harvest for all.

        Raises DatabaseError if the books cannot be written.

        The actions are written, each job's own schedd is asked, the books get the outcome, jobs are submitted again,
        and the actions are closed.
        """
        begun = {name: self._begin(work, author) for name, work in works.items()}
        gone = {name: vanished(self.database, self.batch, one.action) for name, one in begun.items()}
        silent_ones = self.harvest().silent
        return RecoveryOutcome({name: self._finish(one, gone[name], silent_ones) for name, one in begun.items()})

    def _begin(self, work: PlanWork, author: Author) -> _Begun:
        """Write the action, and ask the schedds."""
        verb, targets = work.plan.verb, [target_of(job, memory) for job, memory in work.plan.jobs]
        parameters: dict[str, Any] = {**work.plan.parameters, **verb.parameters}
        failed: dict[str, str] = {}
        if verb.removes and verb.takes_waiting:
            following, failed = not_materialized_from(self.batch, targets)
            parameters |= {"following": following} if following else {}
        action = actions.intend(self.database, verb, targets, author, parameters)
        reached("recover.intended")
        log.info("%s of %d jobs: %s (%s)", verb.logged, len(action.targets), author.reason, action.id)
        for schedd, jobs in action.by_schedd.items():
            if work.ask is not None and schedd not in failed:
                failed |= self._ask(schedd, jobs, work.ask)
            if work.submit is None:
                reached("recover.acted")
        return _Begun(work, action, failed)

    def _ask(self, schedd: str, jobs: list[Target], ask: QueueAction) -> dict[str, str]:
        """Ask a schedd; returns the reason if it failed."""
        with self.progress(f"asking {schedd} for {len(jobs)} jobs"):
            try:
                ask(self.batch, schedd, jobs)
            except ProdError as failure:
                log.info("%s", failure)
                return {schedd: str(failure)}
        return {}

    def _finish(self, begun: _Begun, gone: list[Target] | None, silent_ones: Mapping[str, str]) -> ActionOutcome:
        """Submit jobs again, and close the action unless one of its schedds was silent."""
        action, failed = begun.action, begun.failed
        if begun.work.submit is not None:
            failed = begun.work.submit(action, failed)
            reached("recover.acted")
        unheard = {schedd: why for schedd, why in silent_ones.items() if schedd in action.by_schedd}
        if gone is None:
            unheard.setdefault(", ".join(action.by_schedd), "a queue cannot be read")
        changed = 0 if unheard or gone is None else self._close(action, gone, "; ".join(failed.values()))
        new = actions.new_clusters(self.database, action) if action.verb.submits else {}
        return ActionOutcome(action.id, len(action.targets), len(action.by_schedd), changed, failed, unheard, new)

    def harvest(self) -> Harvest:
        """Update the books."""
        found = harvest(self.database, self.batch, self.lost_grace, Sweeping(self.sweep_every), self.progress)
        fold(self.database)
        return found

    def _close(self, action: Action, gone: Sequence[Target], trouble: str) -> int:
        """Book jobs that left the queue, and close the action; returns the number of changed jobs."""
        book_vanished(self.database, action, gone)
        count = actions.changed(self.database, action)
        actions.close(self.database, action, actions.in_words(action, count, trouble))
        reached("recover.closed")
        return count
