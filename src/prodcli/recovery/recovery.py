"""Acting on jobs in the queues so that books and batch system agree, whatever happens in between.

The books are brought up to date, the intent is written down, the schedds act, and the books learn from them what came of
it; only then the action is closed. What a process that died left open is closed in the same way by the next one: what it
has done is booked, what it has not done stays undone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prodcli.batch import Batch
from prodcli.books import actions
from prodcli.books.actions import Action, Author, Target
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books
from prodcli.books.job_events import Harvest
from prodcli.books.rollup import fold
from prodcli.books.verbs import Verb
from prodcli.db import Database, Transaction, chunks_of, records
from prodcli.db.queries import Records
from prodcli.db.schema import require_current
from prodcli.errors import BatchError, PartlyDone, ProdError
from prodcli.fault_points import reached
from prodcli.harvest.harvest import Sweeping, harvest
from prodcli.progress import Progress, silent
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.states import Status, Substatus

log = logging.getLogger(__name__)
_ROWS = 5_000  # jobs per statement
_NEVER = 2**31  # above every proc
QueueAction = Callable[[Batch, str, list[Target]], None]  # what a verb asks of one schedd, for its jobs


@dataclass
class Outcome:
    """What came of an action: its jobs, how many have another state by now, and schedds with why they failed.

    Of `unheard` ones it is not known yet what came of it; the action stays open then.
    """

    id: str
    jobs: int
    schedds: int
    changed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    unheard: dict[str, str] = field(default_factory=dict)

    def require_done(self) -> None:
        """Raise what an action that is not all done ends with: BatchError if every schedd failed and nothing changed."""
        trouble = self.unheard | self.failed
        words = "; ".join(f"{schedd}: {why}" for schedd, why in trouble.items())
        if self.failed and len(self.failed) == self.schedds and not self.changed:
            raise BatchError(f"nothing is done: {words}", todo="prodcli log shows it")
        if self.unheard:
            raise PartlyDone(f"it is not known what came of it: {words}", todo="prodcli reconcile finds out")
        if trouble:
            raise PartlyDone(f"not all is done: {words}", todo="prodcli log shows it; say it again for the rest")


@dataclass(frozen=True)
class Recovery:
    """What recovering needs of the outside."""

    database: Database
    batch: Batch
    me: Claimant
    lost_grace: int
    sweep_every: int
    progress: Progress = silent

    def refresh(self) -> None:
        """Bring the books up to date, and close what dead processes left open; raises BatchError if no schedd answers."""
        require_current(self.database)
        found, _ = self._settle()
        if found.silent and len(found.silent) == len(self.batch.schedds()):
            raise BatchError(f"no schedd answers: {'; '.join(found.silent.values())}", todo="nothing was changed")

    def settle_dead(self, dry_run: bool = False) -> list[Action]:
        """Close what dead processes left open, and return it; with `dry_run` only what there is."""
        dead = actions.dead_actions(self.database, self.me)
        return dead if dry_run or not dead else self._settle()[1]

    def _settle(self) -> tuple[Harvest, list[Action]]:
        """Harvest, and close the open actions of dead processes; one stays open until its schedds answer."""
        dead = [(action, self._vanished(action)) for action in actions.dead_actions(self.database, self.me)]
        if any(action.outputs or action.verb.submits for action, _ in dead):
            settle_dead_claims(Books(self.database), self.batch, self.me)
        found = self.harvest()
        closed = []
        for action, unmade in dead:
            if unmade is not None and not set(action.by_schedd) & set(found.silent):
                self._close(action, unmade, "interrupted")
                closed.append(action)
        return found, closed

    def act(
        self, verb: Verb, targets: Sequence[Target], author: Author, deed: QueueAction, parameters: dict[str, Any]
    ) -> Outcome:
        """Write the intent, act on each job's own schedd, learn what came of it, and close the action."""
        failed: dict[str, str] = {}
        waiting = self._waiting(targets, failed) if verb.removes and verb.takes_waiting else {}
        action = actions.intend(self.database, verb, targets, author, parameters | waiting)
        reached("recover.intended")
        log.info("%s of %d jobs: %s (%s)", verb.logged, len(action.targets), author.reason, action.id)
        for schedd, jobs in action.by_schedd.items():
            if schedd not in failed:
                self._ask(schedd, jobs, deed, failed)
            reached("recover.acted")
        outcome = Outcome(action.id, len(action.targets), len(action.by_schedd), failed=failed)
        return self.learn(action, outcome)

    def _ask(self, schedd: str, jobs: list[Target], deed: QueueAction, failed: dict[str, str]) -> None:
        with self.progress(f"asking {schedd} for {len(jobs)} jobs"):
            try:
                deed(self.batch, schedd, jobs)
            except ProdError as failure:
                log.info("%s", failure)
                failed[schedd] = str(failure)

    def learn(self, action: Action, outcome: Outcome) -> Outcome:
        """Harvest what came of an action, and close it unless one of its schedds is silent."""
        unmade = self._vanished(action)
        found = self.harvest()
        outcome.unheard = {schedd: why for schedd, why in found.silent.items() if schedd in action.by_schedd}
        if unmade is None:
            outcome.unheard.setdefault(", ".join(action.by_schedd), "a queue cannot be read")
        elif not outcome.unheard:
            outcome.changed = self._close(action, unmade, "; ".join(outcome.failed.values()))
        return outcome

    def harvest(self) -> Harvest:
        """Bring the books up to date."""
        found = harvest(self.database, self.batch, self.lost_grace, Sweeping(self.sweep_every), self.progress)
        fold(self.database)
        return found

    def _close(self, action: Action, unmade: Sequence[Target], trouble: str) -> int:
        state = (Status.HELD, Substatus.PARKED) if action.verb.keeps else (Status.FAILED, Substatus.REMOVED)
        for chunk in chunks_of([_gone(target, *state) for target in unmade], _ROWS):
            self.database.write(partial(_lose, records(chunk)))
        if action.verb.keeps:
            self.database.write(lambda tx: tx.run("unkeep_jobs", action=action.id))
        count = actions.changed(self.database, action)
        actions.close(self.database, action, actions.in_words(action, count, trouble))
        reached("recover.closed")
        return count

    def _waiting(self, targets: Sequence[Target], failed: dict[str, str]) -> dict[str, Any]:
        """How far each cluster was materialized before a removal: of a job that never was, no trace is left."""
        noted: dict[str, dict[str, int]] = {}
        for schedd in sorted({target.schedd for target in targets}):
            clusters = {target.cluster for target in targets if target.schedd == schedd}
            try:
                factories = self.batch.ours(schedd)[1] if self.batch.capabilities.bit_by_bit else []
            except BatchError as failure:
                failed[schedd] = str(failure)
                continue
            found = {str(one.cluster): one.following for one in factories if one.cluster in clusters}
            noted |= {schedd: found} if found else {}
        return {"following": noted} if noted else {}

    def _vanished(self, action: Action) -> list[Target] | None:
        """Jobs that are in the queue no longer, maybe without a trace; None if their schedd is silent.

        Asked before a harvest, which then books those of which there is one.
        """
        return self._parked(action) if action.verb.keeps else self._unmade(action)

    def _parked(self, action: Action) -> list[Target] | None:
        """Jobs that are kept, and are in the queue no longer."""
        kept = self.database.read(lambda tx: {row[0] for row in tx.rows("kept_by_action", action=action.id)})
        gone: list[Target] = []
        for schedd, targets in action.by_schedd.items():
            try:
                living = self.batch.living(schedd)
            except BatchError as failure:
                log.info("%s", failure)
                return None
            gone += [target for target in targets if target.dbid in kept and target.proc_id not in living]
        return gone

    def _unmade(self, action: Action) -> list[Target] | None:
        """Jobs that were still to be materialized when their clusters were killed."""
        gone: list[Target] = []
        for schedd, clusters in action.parameters.get("following", {}).items():
            try:
                living = self.batch.living(schedd)
            except BatchError as failure:
                log.info("%s", failure)
                return None
            late = [
                target
                for target in action.by_schedd.get(schedd, [])
                if target.proc >= clusters.get(str(target.cluster), _NEVER)
            ]
            gone += [target for target in late if target.proc_id not in living]
        return gone


def _lose(rows: Records, tx: Transaction) -> None:
    tx.run("lose_attempts", rows=rows)
    tx.run("lose_jobs", rows=rows)


def _gone(target: Target, status: Status, substatus: Substatus) -> dict[str, object]:
    old = {"old_status": target.status, "old_substatus": Substatus.NONE, "old_entered": target.entered}
    new = {"status": status, "substatus": substatus, "entered": target.entered}
    return {"dbid": target.dbid, "attempt": target.attempt, **old, **new}


def left_out(reasons: Counter[str]) -> list[str]:
    """Why jobs are left alone, in words."""
    return [f"{count} jobs are left alone: {why}" for why, count in reasons.most_common()]
