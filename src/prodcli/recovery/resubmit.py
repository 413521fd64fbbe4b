"""Jobs again: what was kept of jobs that are in no queue is submitted once more, each as a new attempt of its row.

The jobs go the way of any submission, and the next pass settles a crash between two of its steps. Before that the intent
is written down, and jobs that are still in a queue are removed and waited for; after it the action is closed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prodcli.batch import Intake
from prodcli.batch.description import ITEMS
from prodcli.batch.node_list import node_commands
from prodcli.books import actions
from prodcli.books.actions import Action, Author, Target
from prodcli.books.claim_rows import SeenRows
from prodcli.books.claims import Books, Claim, ClaimRequest, Seen
from prodcli.books.queue_limit import QueueLimit
from prodcli.books.queue_presence import ask_for, wait_until_gone
from prodcli.books.verbs import CLONE, UNPARK, Verb
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import BatchError, ProdError
from prodcli.fault_points import reached
from prodcli.nodes.excluded import bad_list
from prodcli.recovery.recovery import Outcome, Recovery
from prodcli.recovery.resubmit_description import Kept, Place, Resources, again
from prodcli.recovery.stored_submissions import GONE, Submission, in_books, in_files, jobs_of
from prodcli.states import Status, Substatus
from prodcli.submission.files import submission_place, write_files
from prodcli.submission.pipeline import ClaimedJobs, Pipeline
from prodcli.submission.recorder import Recorder

log = logging.getLogger(__name__)
_ROWS = 5_000  # rows per statement
_CHUNK = 10_000  # jobs of a cluster
_MOST = 70_000  # jobs of a batch name in the queues, if nothing else is said
CHANGED = "they are in another state by now"
NO_ROOM = "beyond --maxqueued"
_WAS = "somebody else claimed them"


@dataclass(frozen=True, slots=True)
class _Group:
    """Jobs that make one cluster: their rows, and what was kept of each."""

    schedd: str
    intake: Intake
    memory: int | None
    rows: tuple[Seen, ...]
    kept: tuple[Kept, ...]


class _Pipelines(ExitStack):
    """The ways to schedds: one that hangs holds up no other."""

    def __init__(self, recovery: Recovery) -> None:
        super().__init__()
        self._books, self._recovery = Books(recovery.database), recovery
        self._recorder = self.enter_context(Recorder(self._books))
        self._by_schedd: dict[str, Pipeline] = {}

    def of(self, schedd: str) -> Pipeline:
        """The one to a schedd, started when it is first needed."""
        if schedd not in self._by_schedd:
            batch, me = self._recovery.batch, self._recovery.me
            process = self.enter_context(batch.submit_process())
            pipeline = Pipeline(self._books, batch, process, self._recorder, me)
            self._by_schedd[schedd] = self.enter_context(pipeline)
        return self._by_schedd[schedd]


@dataclass(frozen=True)
class Resubmitter:
    """What submitting jobs again needs of the outside.

    `schedd` empty: each job's own. `disk` in KB and `cpus` None: as it was.
    """

    recovery: Recovery
    campaigns: Path
    schedd: str = ""
    disk: int | None = None
    cpus: int | None = None
    maxqueued: int = _MOST
    left: Counter[tuple[str, str]] = field(default_factory=Counter)  # jobs by schedd and by why they are left alone

    def clone(self, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        """Submit jobs again from their rendered files; those that are in a queue are removed first."""
        action = self._intend(CLONE, targets, author, {**parameters, CLONE.parameter: True})
        outcome = Outcome(action.id, len(action.targets), len(action.by_schedd))
        self._clear(action, outcome)
        return self._submit_all(action, outcome, in_files)

    def unpark(self, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        """Submit parked jobs again from what the books keep of them."""
        action = self._intend(UNPARK, targets, author, parameters)
        return self._submit_all(action, Outcome(action.id, len(action.targets), len(action.by_schedd)), in_books)

    def _intend(self, verb: Verb, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Action:
        self.left.clear()
        action = actions.intend(self.recovery.database, verb, targets, author, parameters)
        reached("recover.intended")
        log.info("%s of %d jobs: %s (%s)", verb.logged, len(action.targets), author.reason, action.id)
        return action

    def _clear(self, action: Action, outcome: Outcome) -> None:
        """Remove what is still in a queue and can be submitted again, and wait until it is gone; then the books say so."""
        queued = [target.dbid for target in action.targets if target.status != Status.FAILED]
        there = {dbid for one in in_files(self.recovery.database, queued) for dbid in one.items} if queued else set()
        removed = False
        for schedd, targets in action.by_schedd.items():
            ids = {target.proc_id for target in targets if target.dbid in there}
            if not ids:
                continue
            try:
                self.recovery.batch.remove(schedd, ids, "prodcli resubmit: it is submitted again")
                reached("again.removed")
                wait_until_gone(self.recovery.batch, schedd, ids)
                removed = True
            except BatchError as failure:
                outcome.failed[schedd] = str(failure)
        if removed:
            self.recovery.harvest()

    def _submit_all(
        self, action: Action, outcome: Outcome, kept_in: Callable[[Database, Collection[int]], list[Submission]]
    ) -> Outcome:
        seen = self._seen(action)
        asked = ask_for(self.recovery.batch, seen)
        for row in seen:
            if row.dbid in asked.left:
                self._leave(row, asked.left[row.dbid])
        kept = jobs_of(kept_in(self.recovery.database, [row.dbid for row in asked.rows]))
        memory = {target.dbid: target.memory_after for target in action.targets}
        with _Pipelines(self.recovery) as pipelines:
            for group in self._groups(asked.rows, kept, memory, pipelines):
                if group.schedd not in outcome.failed:
                    try:
                        self._submit(group, pipelines.of(group.schedd))
                    except ProdError as failure:
                        log.info("%s", failure)
                        outcome.failed[group.schedd] = str(failure)
        reached("recover.acted")
        for (schedd, why), count in self.left.items():
            known = outcome.failed.get(schedd)
            outcome.failed[schedd] = "; ".join(filter(None, [known, f"{count} jobs are left alone: {why}"]))
        return self.recovery.learn(action, outcome)

    def _seen(self, action: Action) -> list[Seen]:
        """The rows of an action as they are now, those that are in no queue."""
        targets = {target.dbid: target for target in action.targets}

        def work(tx: Transaction) -> list[Seen]:
            chunks = chunks_of(sorted(targets), _ROWS)
            return [Seen(*row) for chunk in chunks for row in tx.rows("seen_rows", ids=chunk)]

        found = []
        for row in self.recovery.database.read(work):
            ended = row.status == Status.FAILED or row.substatus == Substatus.PARKED
            if row.attempt == targets[row.dbid].attempt and ended:
                found.append(row)
            else:
                self._leave(row, CHANGED)
        return found

    def _groups(
        self, rows: Sequence[Seen], kept: Mapping[int, Kept], memory: Mapping[int, int | None], pipelines: _Pipelines
    ) -> Iterator[_Group]:
        """Jobs that may share a description, by their schedd and the memory that they get; newest run first."""
        alike: dict[tuple[str, tuple[str, ...], int | None], list[Seen]] = {}
        for row in rows:
            if row.dbid not in kept:
                self._leave(row, GONE)
                continue
            schedd = self.schedd or str(row.schedd)
            alike.setdefault((schedd, kept[row.dbid].lines, memory[row.dbid]), []).append(row)
        intakes: dict[str, Intake] = {}
        for (schedd, _, size), members in alike.items():
            members.sort(key=lambda row: kept[row.dbid].order)
            first = kept[members[0].dbid]
            try:
                if schedd not in intakes:
                    intakes[schedd] = pipelines.of(schedd).intake(schedd)
            except BatchError as failure:
                for row in members:
                    self._leave(row, str(failure))
                continue
            intake = intakes[schedd]
            bit_by_bit = "max_idle" in first.commands and intake.max_idle is not None
            for chunk in chunks_of(members, _CHUNK if bit_by_bit else min(_CHUNK, intake.max_procs)):
                yield _Group(schedd, intake, size, tuple(chunk), tuple(kept[row.dbid] for row in chunk))

    def _submit(self, group: _Group, pipeline: Pipeline) -> None:
        """Bring one cluster into the books, as any submission; what fails on the way is settled."""
        name = group.kept[0].said("batch_name")
        limit = QueueLimit(name, lambda: pipeline.process.count(name), self.maxqueued)
        claim = pipeline.claim(self._request(group, name), SeenRows(group.rows), limit)
        for row in group.rows[claim.tried :]:
            self._leave(row, NO_ROOM)
        for row in group.rows[: claim.tried]:
            if row.filename not in claim.rows:
                self._leave(row, _WAS)
        if claim.rows:
            pipeline.submit(self._claimed(group, claim))
            pipeline.complete()

    def _request(self, group: _Group, batch_name: str) -> ClaimRequest:
        first = group.kept[0]
        memory = group.memory or next(iter(first.steps), 0)
        place = submission_place(self.campaigns, first.rule or "unknown", first.tag or "unknown")
        return ClaimRequest(self.recovery.me, group.schedd, batch_name, first.rule, memory, place)

    def _claimed(self, group: _Group, claim: Claim) -> ClaimedJobs:
        """The jobs of a group that a claim has won, and how their files are written."""
        pairs = zip(group.rows, group.kept, strict=True)
        won = [(one, *claim.rows[row.filename]) for row, one in pairs if row.filename in claim.rows]
        runs = [one.run for one, _, _ in won]

        def write() -> Path:
            self._note_resources(claim.id)
            return self._write(group, claim, [one for one, _, _ in won], [attempt for _, _, attempt in won])

        return ClaimedJobs(claim, group.kept[0].rule, (min(runs), max(runs)), [dbid for _, dbid, _ in won], write)

    def _write(self, group: _Group, claim: Claim, jobs: Sequence[Kept], attempts: Sequence[int]) -> Path:
        wanted = Resources(group.memory, self.disk, self.cpus)
        away = node_commands(bad_list(self.recovery.database))
        how = Place(group.intake.retries_memory, group.intake.max_idle is not None, away)
        return write_files(claim.folder, *again(jobs, attempts, claim.id, str(claim.folder / ITEMS), wanted, how))

    def _note_resources(self, claim: str) -> None:
        """Let the rows of a claim say what their jobs ask for now; if it is given up they are put back."""
        if self.disk is not None or self.cpus is not None:
            asked = {"claim": claim, "disk": self.disk, "cpus": self.cpus}
            self.recovery.database.write(lambda tx: tx.run("note_resources", **asked))

    def _leave(self, row: Seen, why: str) -> None:
        self.left[str(row.schedd), why] += 1
