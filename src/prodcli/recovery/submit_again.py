"""Submit stored jobs again that are in no queue, each as a new attempt of its row.

The jobs take the same steps as a first submission, and the next pass settles a crash between two steps. Jobs that are
still in a queue are removed first, and waited for.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from prodcli.batch import Batch, Intake
from prodcli.batch.description import ITEMS
from prodcli.batch.node_list import node_commands
from prodcli.books.actions import Action, Target
from prodcli.books.claim_rows import SeenRows
from prodcli.books.claims import Books, Claim, ClaimRequest, Seen
from prodcli.books.queue_limit import MAXQUEUED, QueueLimit
from prodcli.books.queue_presence import ask_for, wait_until_gone
from prodcli.db import Transaction, chunks_of
from prodcli.errors import BatchError, ProdError
from prodcli.fault_points import reached
from prodcli.nodes.excluded import bad_list
from prodcli.provenance.keeper import PendingRecord
from prodcli.recovery.recovery import PlanWork, Recovery
from prodcli.recovery.recovery_plan import RecoveryPlan
from prodcli.recovery.resubmit_description import Resources, ScheddTerms, StoredJob, describe_again
from prodcli.recovery.stored_submissions import GONE, stored_jobs
from prodcli.sizes import left_out
from prodcli.states import Status, Substatus
from prodcli.submission.files import submission_place, write_files
from prodcli.submission.pass_request import CHUNK
from prodcli.submission.pipeline import ClaimedJobs, Pipeline
from prodcli.submission.recorder import Recorder

log = logging.getLogger(__name__)
_ROWS = 5_000  # rows per statement
CHANGED = "changed meanwhile"
NO_ROOM = "no room in the queue (--maxqueued)"
_WAS = "claimed by another process"
_Left = Counter[tuple[str, str]]  # jobs by schedd and by why they are left alone


@dataclass(frozen=True, slots=True)
class _StoredRow:
    """The row of a job, and the stored job."""

    row: Seen
    stored: StoredJob


@dataclass(frozen=True, slots=True)
class _Group:
    """Jobs that become one cluster."""

    schedd: str
    intake: Intake
    memory: int | None
    record: PendingRecord | None
    jobs: tuple[_StoredRow, ...]

    @property
    def first(self) -> StoredJob:
        """The first stored job; it has the lines that all of them share."""
        return self.jobs[0].stored

    def not_won(self, claim: Claim) -> _Left:
        """The jobs that a claim has not won."""
        tried, beyond = self.jobs[: claim.tried], self.jobs[claim.tried :]
        lost = [job.row for job in tried if job.row.filename not in claim.rows]
        return _left([job.row for job in beyond], NO_ROOM) + _left(lost, _WAS)


class _Pipelines(ExitStack):
    """The pipelines to schedds; a schedd that hangs does not stop the others."""

    def __init__(self, recovery: Recovery) -> None:
        super().__init__()
        self._books, self._recovery = Books(recovery.database), recovery
        self._recorder = self.enter_context(Recorder(self._books))
        self._by_schedd: dict[str, Pipeline] = {}

    def of(self, schedd: str) -> Pipeline:
        """The pipeline to a schedd, started at its first use."""
        if schedd not in self._by_schedd:
            batch, me = self._recovery.batch, self._recovery.me
            process = self.enter_context(batch.submit_process())
            pipeline = Pipeline(self._books, batch, process, self._recorder, me)
            self._by_schedd[schedd] = self.enter_context(pipeline)
        return self._by_schedd[schedd]

    def intake(self, schedd: str) -> Intake | BatchError:
        """The capabilities of a schedd for a submission, or the reason why it does not answer."""
        try:
            return self.of(schedd).intake(schedd)
        except BatchError as failure:
            return failure


@dataclass(frozen=True)
class Resubmitter:
    """Everything that submitting again needs: the target schedd, and the requests of the jobs.

    `schedd` empty: each job's own. The memory of `requests` is each job's own.
    """

    recovery: Recovery
    schedd: str = ""
    requests: Resources = field(default_factory=Resources)
    maxqueued: int = MAXQUEUED

    def clone(self, part: RecoveryPlan) -> PlanWork:
        """Submit jobs again from their rendered files; jobs that are in a queue are removed first.

        Raises ProdError if the site refuses their payload.
        """
        there = stored_jobs(part.stored)

        def remove(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
            ids = {one.proc_id for one in targets if one.status != Status.FAILED and one.dbid in there}
            if ids:
                batch.remove(schedd, ids, "prodcli resubmit: it is submitted again")
                reached("again.removed")
                wait_until_gone(batch, schedd, ids)

        return PlanWork(part, remove, partial(self._submit_all, there, self._on_record(part)))

    def unpark(self, part: RecoveryPlan) -> PlanWork:
        """Submit parked jobs again from the books; raises ProdError if the site refuses their payload."""
        return PlanWork(part, submit=partial(self._submit_all, stored_jobs(part.stored), self._on_record(part)))

    def _on_record(self, part: RecoveryPlan) -> dict[int, PendingRecord]:
        """The records of what the jobs are made from, by dbid."""
        keeper = self.recovery.keeper
        if keeper is None:
            return {}
        found = keeper.of_repeated([one.repeated for one in part.stored if one.items])
        return {dbid: found[one.claim] for one in part.stored if one.claim in found for dbid in one.items}

    def _submit_all(
        self,
        stored: Mapping[int, StoredJob],
        records: Mapping[int, PendingRecord],
        action: Action,
        failed: Mapping[str, str],
    ) -> dict[str, str]:
        """Submit jobs that are in no queue, except on failed schedds.

        Returns failures by schedd, and jobs left alone.
        """
        ended, left = self._ended(action)
        asked = ask_for(self.recovery.batch, ended)
        left += Counter((str(row.schedd), asked.left[row.dbid]) for row in ended if row.dbid in asked.left)
        left += _left([row for row in asked.rows if row.dbid not in stored], GONE)
        jobs = [_StoredRow(row, stored[row.dbid]) for row in asked.rows if row.dbid in stored]
        memory = {target.dbid: target.memory_after for target in action.targets}
        failures = dict(failed)
        with _Pipelines(self.recovery) as pipelines:
            groups, silent = self._groups(jobs, memory, records, pipelines)
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
        for (schedd, why), count in left.items():
            words = left_out(count, why)
            failures[schedd] = f"{failures[schedd]}; {words}" if schedd in failures else words
        return failures

    def _ended(self, action: Action) -> tuple[list[Seen], _Left]:
        """The ended rows of an action, as they are now; and the number of rows in another state."""
        targets = {target.dbid: target for target in action.targets}

        def work(tx: Transaction) -> list[Seen]:
            chunks = chunks_of(sorted(targets), _ROWS)
            return [row for chunk in chunks for row in tx.rows_as(Seen, "seen_rows", ids=chunk)]

        def ended(row: Seen) -> bool:
            over = row.status == Status.FAILED or row.substatus == Substatus.PARKED
            return over and row.attempt == targets[row.dbid].attempt

        rows = self.recovery.database.read(work)
        return [row for row in rows if ended(row)], _left([row for row in rows if not ended(row)], CHANGED)

    def _groups(
        self,
        jobs: Sequence[_StoredRow],
        memory: Mapping[int, int | None],
        records: Mapping[int, PendingRecord],
        pipelines: _Pipelines,
    ) -> tuple[list[_Group], _Left]:
        """Jobs that may share a cluster, by schedd, memory, worker kit and record; and jobs of silent schedds."""
        alike: dict[tuple[str, tuple[str, ...], int | None, str, PendingRecord | None], list[_StoredRow]] = {}
        for job in jobs:
            schedd, record = self.schedd or str(job.row.schedd), records.get(job.row.dbid)
            same = (schedd, job.stored.lines, memory[job.row.dbid], job.stored.kit, record)
            alike.setdefault(same, []).append(job)
        intakes = {schedd: pipelines.intake(schedd) for schedd in sorted({schedd for schedd, *_ in alike})}
        groups: list[_Group] = []
        left: _Left = Counter()
        for (schedd, _, size, _, record), members in alike.items():
            intake = intakes[schedd]
            if isinstance(intake, BatchError):
                left += _left([job.row for job in members], str(intake))
            else:
                members.sort(key=lambda job: job.stored.order)
                chunks = chunks_of(members, _most_jobs(members[0].stored, intake))
                groups += [_Group(schedd, intake, size, record, tuple(chunk)) for chunk in chunks]
        return groups, left

    def _claim(self, group: _Group, pipeline: Pipeline) -> Claim:
        name = group.first.said("batch_name")
        limit = QueueLimit(name, lambda: pipeline.process.count(name), self.maxqueued)
        return pipeline.claim(self._request(group, name), SeenRows([job.row for job in group.jobs]), limit)

    def _submit(self, group: _Group, claim: Claim, pipeline: Pipeline) -> None:
        """Bring a claim into the books as one cluster, before anything else; a failure on the way is settled."""
        if claim.rows:
            pipeline.submit(self._claimed(group, claim))
            pipeline.complete()

    def _request(self, group: _Group, batch_name: str) -> ClaimRequest:
        first = group.first
        memory = group.memory or next(iter(first.steps), 0)
        place = submission_place(self.recovery.campaigns, first.rule or "unknown", first.tag or "unknown")
        kit = Path(first.kit).name
        said, priority = first.said("priority"), self.requests.priority
        if priority is None and said.lstrip("-").isdecimal():
            priority = int(said)
        about = (
            batch_name,
            first.rule,
            memory,
            place,
            "",
            kit,
            priority,
            None if group.record is None else group.record.id,
        )
        return ClaimRequest(self.recovery.me, group.schedd, *about)

    def _claimed(self, group: _Group, claim: Claim) -> ClaimedJobs:
        """The jobs of a group that a claim has won, with the writer of their files."""
        jobs = [job for job in group.jobs if job.row.filename in claim.rows]
        won = [claim.rows[job.row.filename] for job in jobs]
        runs = [job.stored.run for job in jobs]

        def write() -> Path:
            self._note_resources(claim.id)
            description = self._write(group, claim, [job.stored for job in jobs], [row.attempt for row in won])
            if group.record is not None:
                group.record.keep()
            return description

        return ClaimedJobs(claim, group.first.rule, (min(runs), max(runs)), [row.dbid for row in won], write)

    def _write(self, group: _Group, claim: Claim, jobs: Sequence[StoredJob], attempts: Sequence[int]) -> Path:
        wanted = replace(self.requests, memory=group.memory)
        away = node_commands(bad_list(self.recovery.database))
        how = ScheddTerms(group.intake.retries_memory, group.intake.max_idle is not None, away)
        return write_files(
            claim.folder, *describe_again(jobs, attempts, claim.id, str(claim.folder / ITEMS), wanted, how)
        )

    def _note_resources(self, claim: str) -> None:
        """Write the requested resources into the rows of a claim; a released claim puts the rows back."""
        disk, cpus = self.requests.disk, self.requests.cpus
        if disk is not None or cpus is not None:
            asked = {"claim": claim, "disk": disk, "cpus": cpus}
            self.recovery.database.write(lambda tx: tx.run("note_resources", **asked))


def _left(rows: Iterable[Seen], why: str) -> _Left:
    return Counter((str(row.schedd), why) for row in rows)


def _most_jobs(stored: StoredJob, intake: Intake) -> int:
    """The most jobs of a cluster."""
    bit_by_bit = "max_idle" in stored.commands and intake.max_idle is not None
    return CHUNK if bit_by_bit else min(CHUNK, intake.max_procs)
