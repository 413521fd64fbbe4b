"""Submit a plan: directories, claim, render, submit, record; chunk by chunk, each chunk one claim and one cluster.

A crash between any two steps leaves a claim that the next pass settles: see reconcile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, takewhile
from operator import attrgetter
from pathlib import Path

from prodcli.batch import Batch, Intake, SubmitProcess
from prodcli.batch.node_list import node_commands
from prodcli.books.claim_rows import OutputRows
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books, Claim, ClaimRequest
from prodcli.books.queue_limit import QueueLimit
from prodcli.catalogs.catalogs import Catalogs
from prodcli.errors import PartlyDone, ProdError
from prodcli.nodes.excluded import bad_list
from prodcli.planning.plan import Plan, beyond_limit
from prodcli.productions.booked import require_open
from prodcli.progress import Progress, silent
from prodcli.provenance.keeper import Keeper, PendingRecord
from prodcli.reasons import Level, Reason, Skips
from prodcli.rules.layout import Job, Layout
from prodcli.submission.context import escalation, factory
from prodcli.submission.files import Directories, submission_place, write_submission
from prodcli.submission.kit_copy import keep_kit
from prodcli.submission.lists import write_lists
from prodcli.submission.pass_request import SubmitLimits
from prodcli.submission.pipeline import ClaimedJobs, Pipeline, Recorded
from prodcli.submission.recorder import Recorder
from prodcli.submission.schedd_choice import ScheddChoice

# Jobs of the first, so that a schedd has something to do at once; each may have twice as many as the one before.
_FIRST_CHUNK = 2_000
_ENOUGH = 500  # for the first, which then does not wait for the plan to grow


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submitted cluster: its first and last runs, and the folder of its rendered files."""

    schedd: str
    cluster: int
    jobs: int
    runs: tuple[int, int]
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a pass: its plan with all skips, and the submitted clusters, by schedd and cluster."""

    plan: Plan
    submitted: tuple[Submitted, ...] = ()

    @property
    def jobs(self) -> int:
        """The number of submitted jobs."""
        return sum(cluster.jobs for cluster in self.submitted)


@dataclass(frozen=True)
class Submitter:
    """Everything that submitting needs from outside."""

    books: Books
    batch: Batch
    claimant: Claimant
    campaigns: Path
    templates: Path | None
    progress: Progress = silent
    schedd: str = ""
    limits: SubmitLimits = field(default_factory=SubmitLimits)
    catalogs: Catalogs | None = None  # of the lists of inputs; without them jobs get none
    keeper: Keeper | None = None  # of what jobs are made from; without it nothing is on record

    def submit(self, plan: Plan, process: SubmitProcess, action: str = "") -> Outcome:
        """Submit a plan's jobs, newest first, as many as the limits allow.

        `action` is the open action on the outputs, if any. Raises PartlyDone if a later cluster fails.
        """
        recorded: list[Recorded] = []
        try:
            with Recorder(self.books) as recorder:
                with Pipeline(self.books, self.batch, process, recorder, self.claimant, recorded) as pipeline:
                    plan = self._submit_chunks(plan, pipeline, action)
        except ProdError as failure:
            if recorded:
                jobs = sum(one.jobs for one in recorded)
                raise PartlyDone(f"{jobs} jobs are submitted and booked, then: {failure}") from failure
            raise
        return Outcome(plan, in_order(recorded))

    def _submit_chunks(self, plan: Plan, pipeline: Pipeline, action: str) -> Plan:
        """Submit cluster by cluster.

        Returns the whole plan with outputs that were not claimed, and outputs beyond the limits.
        """
        waiting, submitted, clusters = list(plan.jobs), 0, 0
        maxjobs, chunk_size, lost = self.limits.maxjobs, self.limits.chunk_size, Skips()
        choice = ScheddChoice(self.batch, self.schedd, pipeline.intake)
        limit = self._queue_limit(plan.layout, pipeline.process)
        directories = Directories()
        record = cache(lambda: self.keeper.of_rule(plan.rule) if self.keeper else None)  # once there are jobs
        with self.progress("submitting", 0 if plan.rest else len(waiting)) as advance:
            while not maxjobs or submitted < maxjobs:
                size = min(chunk_size, _FIRST_CHUNK << clusters)
                size = min(size, maxjobs - submitted) if maxjobs else size
                while plan.rest and len(waiting) < (size if clusters else min(size, _ENOUGH)):
                    grown = plan.grown()
                    waiting, plan = [*waiting, *grown.jobs[len(plan.jobs) :]], grown
                if not waiting:
                    break
                require_open(self.books.database, plan.rule.product)  # people stop long passes, too
                schedd = choice.next()
                how, most = self._how(plan, choice.intake(schedd))
                chunk = _alike(waiting, min(size, most))
                layout = plan.layout_of(chunk[0])
                directories.make(layout, chunk)
                outputs = OutputRows(layout, {layout.filename(job): job for job in chunk}, plan.unblocked.rows)
                claim = pipeline.claim(self._request(layout, schedd, action, record()), outputs, limit)
                if not claim.tried and pipeline.busy:
                    pipeline.finish()  # then the schedd can be asked how many jobs it has
                    continue
                if claim.rows:
                    pipeline.submit(self._claimed(outputs, claim, how, record()))
                    submitted += len(claim.rows)
                    clusters += 1
                    choice.took(schedd, len(claim.rows))
                _skip_lost(lost, outputs, claim)
                advance(claim.tried)
                waiting = waiting[claim.tried :]
                if claim.tried < len(chunk):
                    break
        whole = plan.whole()
        return whole.skipping(lost).skipping(beyond_limit(plan.layout, [*waiting, *whole.jobs[len(plan.jobs) :]]))

    def _request(self, layout: Layout, schedd: str, action: str, record: PendingRecord | None) -> ClaimRequest:
        rule = layout.rule
        place = submission_place(self.campaigns, rule.name, rule.outtriplet)
        memory = rule.job.request_memory[0]
        kit = Path(rule.kit).name
        priority = rule.job.priority
        about = (
            layout.batch_name,
            rule.name,
            memory,
            place,
            action,
            kit,
            priority,
            None if record is None else record.id,
        )
        return ClaimRequest(self.claimant, schedd, *about)

    def _claimed(
        self, outputs: OutputRows, claim: Claim, how: Mapping[str, str | int], record: PendingRecord | None
    ) -> ClaimedJobs:
        """The jobs that a claim has won, with the writer of their files."""
        won = [(job, *claim.rows[name]) for name, job in outputs.jobs.items() if name in claim.rows]
        runs = {job.run for job, _, _ in won}

        def write() -> Path:
            layout = write_lists(self.catalogs, outputs.layout, [job for job, _, _ in won], claim.folder)
            rows = [layout.fields(job, dbid, attempt) for job, dbid, attempt in won]
            description = write_submission(layout, rows, claim.id, claim.folder, self.templates, how)
            keep_kit(layout.rule)
            if record is not None:
                record.keep()
            return description

        dbids = [dbid for _, dbid, _ in won]
        return ClaimedJobs(claim, outputs.layout.rule.name, (min(runs), max(runs)), dbids, write)

    def _how(self, plan: Plan, intake: Intake) -> tuple[dict[str, str | int], int]:
        """The commands that depend on a schedd, and the most jobs of a cluster there."""
        how = {**_commands(plan, intake), **self._away()}
        most = self.limits.chunk_size
        return how, most if "max_idle" in how else min(most, intake.max_procs)

    def queue_left(self, layout: Layout) -> int:
        """The room of the queue, for a dry run, which claims nothing."""
        return self.books.queue_left(self._queue_limit(layout, self.batch))

    def _queue_limit(self, layout: Layout, asked: SubmitProcess | Batch) -> QueueLimit:
        return QueueLimit(layout.batch_name, lambda: asked.count(layout.batch_name), self.limits.maxqueued)

    def commands(self, plan: Plan) -> dict[str, str | int]:
        """The commands that depend on the schedd, for a plan's first cluster."""
        choice = ScheddChoice(self.batch, self.schedd)
        return {**_commands(plan, choice.intake(choice.next())), **self._away()}

    def _away(self) -> dict[str, str]:
        """The commands for nodes that are excluded now."""
        return node_commands(bad_list(self.books.database))


def in_order(recorded: Sequence[Recorded]) -> tuple[Submitted, ...]:
    """The recorded clusters, by schedd and cluster; two at a time are recorded in any order."""
    clusters = [
        Submitted(one.claimed.claim.schedd, one.cluster, one.jobs, one.claimed.runs, one.claimed.claim.folder)
        for one in recorded
    ]
    return tuple(sorted(clusters, key=attrgetter("schedd", "cluster")))


def _skip_lost(skips: Skips, outputs: OutputRows, claim: Claim) -> None:
    """Count outputs as blocked: another pass was quicker, or the rule's status constraint hides a row."""
    for name, job in islice(outputs.jobs.items(), claim.tried):
        if name not in claim.rows:
            skips.add(Reason.BLOCKED, Level.OUTPUT, job.run, f"{outputs.layout.called(job)} has a row by now")


def _commands(plan: Plan, intake: Intake) -> dict[str, str | int]:
    """The commands of a description that depend on its schedd."""
    return {**factory(plan.rule.job, intake.max_idle), **escalation(plan.rule.job, intake.retries_memory)}


def _alike(jobs: Sequence[Job], most: int) -> list[Job]:
    """The first jobs with one mask: a cluster's description holds for all its jobs."""
    return list(takewhile(lambda job: job.mask == jobs[0].mask, islice(jobs, most)))
