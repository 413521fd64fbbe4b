"""Jobs again: what was kept of jobs that are in no queue is submitted once more, each as a new attempt of its row.

The jobs go the way of any submission, and the next pass settles a crash between two of its steps. Before that the intent
is written down, and jobs that are still in a queue are removed and waited for; after it the action is closed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
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
_KeptIn = Callable[[Database, Collection[int]], list[Submission]]
_Left = Counter[tuple[str, str]]  # jobs by schedd and by why they are left alone


@dataclass(frozen=True, slots=True)
class _KeptRow:
    """The row of a job, and what was kept of it."""

    row: Seen
    kept: Kept


@dataclass(frozen=True, slots=True)
class _Group:
    """Jobs that make one cluster."""

    schedd: str
    intake: Intake
    memory: int | None
    jobs: tuple[_KeptRow, ...]

    @property
    def first(self) -> Kept:
        """What was kept of the first job; what all of them share is in it."""
        return self.jobs[0].kept

    def not_won(self, claim: Claim) -> _Left:
        """The jobs that a claim has not won."""
        tried, beyond = self.jobs[: claim.tried], self.jobs[claim.tried :]
        lost = [job.row for job in tried if job.row.filename not in claim.rows]
        return _left([job.row for job in beyond], NO_ROOM) + _left(lost, _WAS)


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

    def intake(self, schedd: str) -> Intake | BatchError:
        """How a schedd takes a submission, or why it does not tell."""
        try:
            return self.of(schedd).intake(schedd)
        except BatchError as failure:
            return failure


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

    def clone(self, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        """Submit jobs again from their rendered files; those that are in a queue are removed first."""
        action = self._intend(CLONE, targets, author, {**parameters, CLONE.parameter: True})
        return self._submit_all(action, self._clear(action), in_files)

    def unpark(self, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        """Submit parked jobs again from what the books keep of them."""
        action = self._intend(UNPARK, targets, author, parameters)
        return self._submit_all(action, {}, in_books)

    def _intend(self, verb: Verb, targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Action:
        action = actions.intend(self.recovery.database, verb, targets, author, parameters)
        reached("recover.intended")
        log.info("%s of %d jobs: %s (%s)", verb.logged, len(action.targets), author.reason, action.id)
        return action

    def _clear(self, action: Action) -> dict[str, str]:
        """Remove what is still in a queue and can be submitted again, and wait until it is gone; then the books say so.

        Returns why schedds failed.
        """
        failed: dict[str, str] = {}
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
                failed[schedd] = str(failure)
        if removed:
            self.recovery.harvest()
        return failed

    def _submit_all(self, action: Action, failed: Mapping[str, str], kept_in: _KeptIn) -> Outcome:
        """Submit what is in no queue, but on schedds that have failed; then learn what came of the action."""
        ended, left = self._ended(action)
        asked = ask_for(self.recovery.batch, ended)
        left += Counter((str(row.schedd), asked.left[row.dbid]) for row in ended if row.dbid in asked.left)
        kept = jobs_of(kept_in(self.recovery.database, [row.dbid for row in asked.rows]))
        left += _left([row for row in asked.rows if row.dbid not in kept], GONE)
        jobs = [_KeptRow(row, kept[row.dbid]) for row in asked.rows if row.dbid in kept]
        memory = {target.dbid: target.memory_after for target in action.targets}
        failures = dict(failed)
        with _Pipelines(self.recovery) as pipelines:
            groups, silent = self._groups(jobs, memory, pipelines)
            left += silent
            for group in groups:
                if group.schedd not in failures:
                    try:
                        claim = self._claim(group, pipelines.of(group.schedd))
                        left += group.not_won(claim)
                        self._submit(group, claim, pipelines.of(group.schedd))
                    except ProdError as failure:
                        log.info("%s", failure)
                        failures[group.schedd] = str(failure)
        reached("recover.acted")
        for (schedd, why), count in left.items():
            words = f"{count} jobs are left alone: {why}"
            failures[schedd] = f"{failures[schedd]}; {words}" if schedd in failures else words
        outcome = Outcome(action.id, len(action.targets), len(action.by_schedd), failed=failures)
        return self.recovery.learn(action, outcome)

    def _ended(self, action: Action) -> tuple[list[Seen], _Left]:
        """The rows of an action that have ended, as they are now; and how many are in another state."""
        targets = {target.dbid: target for target in action.targets}

        def work(tx: Transaction) -> list[Seen]:
            chunks = chunks_of(sorted(targets), _ROWS)
            return [Seen(*row) for chunk in chunks for row in tx.rows("seen_rows", ids=chunk)]

        def ended(row: Seen) -> bool:
            over = row.status == Status.FAILED or row.substatus == Substatus.PARKED
            return over and row.attempt == targets[row.dbid].attempt

        rows = self.recovery.database.read(work)
        return [row for row in rows if ended(row)], _left([row for row in rows if not ended(row)], CHANGED)

    def _groups(
        self, jobs: Sequence[_KeptRow], memory: Mapping[int, int | None], pipelines: _Pipelines
    ) -> tuple[list[_Group], _Left]:
        """Jobs that may share a cluster, by their schedd and the memory that they get; and jobs of silent schedds."""
        alike: dict[tuple[str, tuple[str, ...], int | None], list[_KeptRow]] = {}
        for job in jobs:
            schedd = self.schedd or str(job.row.schedd)
            alike.setdefault((schedd, job.kept.lines, memory[job.row.dbid]), []).append(job)
        intakes = {schedd: pipelines.intake(schedd) for schedd in sorted({schedd for schedd, _, _ in alike})}
        groups: list[_Group] = []
        left: _Left = Counter()
        for (schedd, _, size), members in alike.items():
            intake = intakes[schedd]
            if isinstance(intake, BatchError):
                left += _left([job.row for job in members], str(intake))
            else:
                members.sort(key=lambda job: job.kept.order)
                chunks = chunks_of(members, _most_jobs(members[0].kept, intake))
                groups += [_Group(schedd, intake, size, tuple(chunk)) for chunk in chunks]
        return groups, left

    def _claim(self, group: _Group, pipeline: Pipeline) -> Claim:
        name = group.first.said("batch_name")
        limit = QueueLimit(name, lambda: pipeline.process.count(name), self.maxqueued)
        return pipeline.claim(self._request(group, name), SeenRows([job.row for job in group.jobs]), limit)

    def _submit(self, group: _Group, claim: Claim, pipeline: Pipeline) -> None:
        """Bring a claim into the books as one cluster, before anything else; what fails on the way is settled."""
        if claim.rows:
            pipeline.submit(self._claimed(group, claim))
            pipeline.complete()

    def _request(self, group: _Group, batch_name: str) -> ClaimRequest:
        first = group.first
        memory = group.memory or next(iter(first.steps), 0)
        place = submission_place(self.campaigns, first.rule or "unknown", first.tag or "unknown")
        return ClaimRequest(self.recovery.me, group.schedd, batch_name, first.rule, memory, place)

    def _claimed(self, group: _Group, claim: Claim) -> ClaimedJobs:
        """The jobs of a group that a claim has won, and how their files are written."""
        jobs = [job for job in group.jobs if job.row.filename in claim.rows]
        won = [claim.rows[job.row.filename] for job in jobs]
        runs = [job.kept.run for job in jobs]

        def write() -> Path:
            self._note_resources(claim.id)
            return self._write(group, claim, [job.kept for job in jobs], [row.attempt for row in won])

        return ClaimedJobs(claim, group.first.rule, (min(runs), max(runs)), [row.dbid for row in won], write)

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


def _left(rows: Iterable[Seen], why: str) -> _Left:
    return Counter((str(row.schedd), why) for row in rows)


def _most_jobs(kept: Kept, intake: Intake) -> int:
    """How many jobs a cluster may have."""
    bit_by_bit = "max_idle" in kept.commands and intake.max_idle is not None
    return _CHUNK if bit_by_bit else min(_CHUNK, intake.max_procs)
