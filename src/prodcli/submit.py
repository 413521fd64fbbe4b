"""Submitting a plan: directories, claim, render, submit, record - chunk by chunk, each chunk one claim and one cluster.

A crash between any two steps leaves a claim that the next pass settles: see reconcile.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, takewhile
from pathlib import Path

from prodcli.bad_nodes import bad_list
from prodcli.batch import Batch, Counted, Intake
from prodcli.bookkeeping import Books, Claim
from prodcli.claimant import Claimant
from prodcli.errors import PartlyDone, ProdError
from prodcli.faults import reached
from prodcli.layout import Job, Layout
from prodcli.lease import keeping
from prodcli.node_list import node_commands
from prodcli.plan import Plan
from prodcli.progress import Progress, silent
from prodcli.reasons import Level, Reason
from prodcli.reconcile import remove_surplus, settle_failed
from prodcli.recorder import Recorder
from prodcli.schedd_choice import ScheddChoice
from prodcli.submission import escalation, factory
from prodcli.submission_files import Directories, submission_folder, write_submission

log = logging.getLogger(__name__)
CHUNK = 10_000  # jobs of a cluster; measured, see docs/performance.md, A whole campaign


@dataclass(frozen=True, slots=True)
class Submitted:
    """A cluster that was submitted: its first and last runs, and where the rendered files lie."""

    schedd: str
    cluster: int
    jobs: int
    runs: tuple[int, int]
    folder: Path


@dataclass
class Outcome:
    """What a pass did."""

    submitted: list[Submitted] = field(default_factory=list)

    @property
    def jobs(self) -> int:
        """Jobs submitted."""
        return sum(cluster.jobs for cluster in self.submitted)


@dataclass(frozen=True)
class Submitter:
    """What submitting needs of the outside."""

    books: Books
    batch: Batch
    claimant: Claimant
    campaigns: Path
    templates: Path | None
    progress: Progress = silent
    schedd: str = ""
    chunk_size: int = CHUNK

    def submit(self, plan: Plan, maxjobs: int, maxqueued: int, action: str = "") -> Outcome:
        """Submit a plan's jobs, newest first: at most `maxjobs` (0 = all), and as many as the queue may take.

        What could not be claimed is added to the plan's skips. `action` is the open one that has the outputs, if any.
        """
        outcome = Outcome()
        try:
            self._submit_chunks(plan, maxjobs, maxqueued, outcome, action)
        except ProdError as failure:
            if outcome.submitted:
                raise PartlyDone(f"{outcome.jobs} jobs are submitted and booked, then: {failure}") from failure
            raise
        return outcome

    def _submit_chunks(self, plan: Plan, maxjobs: int, maxqueued: int, outcome: Outcome, action: str) -> None:
        waiting, submitted, last = list(plan.jobs), 0, ""
        choice = ScheddChoice(self.batch, self.schedd)
        directories = Directories()
        with self.progress("submitting", len(waiting)) as advance, Recorder(self.books) as recorder:
            while waiting and (not maxjobs or submitted < maxjobs):
                schedd = choice.next()
                intake = choice.intake(schedd)
                how = {**_commands(plan, intake), **self._away()}
                most = self.chunk_size if "max_idle" in how else min(self.chunk_size, intake.max_procs)
                chunk = _alike(waiting, min(most, maxjobs - submitted if maxjobs else most))
                waiting, layout = waiting[len(chunk) :], plan.layout_of(chunk[0])
                directories.make(layout, chunk)
                claim = self._claim(plan, layout, chunk, schedd, maxqueued, last, action)
                if claim.rows:
                    self._submit_claim(layout, claim, how, recorder, outcome)
                    submitted, last = submitted + len(claim.rows), claim.id
                    choice.took(schedd, len(claim.rows))
                elif claim.tried:
                    self.books.release(claim.id, self.claimant)
                self._skip_lost(plan, chunk[: claim.tried], claim)
                advance(len(chunk))
                if claim.tried < len(chunk):
                    waiting = chunk[claim.tried :] + waiting
                    break
        for job in waiting:
            plan.skips.add(Reason.LIMIT, Level.OUTPUT, job.run, job.what)

    @staticmethod
    def _skip_lost(plan: Plan, tried: Sequence[Job], claim: Claim) -> None:
        """Another pass was quicker, or there is a row that the rule's status constraint hides."""
        won = {id(row.job) for row in claim.rows}
        for job in tried:
            if id(job) not in won:
                plan.skips.add(Reason.BLOCKED, Level.OUTPUT, job.run, f"{job.what} has a row by now")

    def room(self, layout: Layout, maxqueued: int) -> int:
        """How many jobs the queue may still take; for a dry run, which claims nothing."""
        return self.books.room(layout.batch_name, lambda: self.batch.count(layout.batch_name), maxqueued)

    def commands(self, plan: Plan) -> dict[str, str | int]:
        """What the description of a plan's first cluster would say because of its schedd."""
        choice = ScheddChoice(self.batch, self.schedd)
        return {**_commands(plan, choice.intake(choice.next())), **self._away()}

    def _away(self) -> dict[str, str]:
        """What a description says of nodes that are excluded now."""
        return node_commands(bad_list(self.books.database))

    def _claim(
        self, plan: Plan, layout: Layout, jobs: Sequence[Job], schedd: str, maxqueued: int, last: str, action: str
    ) -> Claim:
        def folder(claim_id: str) -> str:
            return str(submission_folder(self.campaigns, layout, claim_id))

        def queued() -> Counted:
            return self.batch.count(layout.batch_name)

        return self.books.claim(
            layout, jobs, self.claimant, schedd, folder, queued, maxqueued, last, plan.unblocked.rows, action
        )

    def _submit_claim(
        self, layout: Layout, claim: Claim, how: Mapping[str, str | int], recorder: Recorder, outcome: Outcome
    ) -> None:
        """Render, submit and let record; on a failure, ask the schedd what it has and make the books agree."""
        folder = submission_folder(self.campaigns, layout, claim.id)
        handed_over = False
        with ExitStack() as lease:
            lease.enter_context(keeping(self.books.database, claim.id, self.claimant))
            try:
                reached("submit.claimed")
                rows = [layout.fields(row.job, row.dbid, row.attempt) for row in claim.rows]
                description = write_submission(layout, rows, claim.id, folder, self.templates, how)
                reached("submit.rendered")
                recorder.wait()  # nothing more is handed over if the last cluster could not be recorded
                if not self.books.renew(claim.id, self.claimant):
                    raise ProdError("the claim was taken over while it was rendered", where=f"claim {claim.id}")
                reached("submit.renewed")
                handed_over = True
                cluster = self.batch.submit(claim.schedd, description)
                reached("submit.submitted")
                log.info("%s: %d jobs are cluster %d on %s", layout.rule.name, len(rows), cluster, claim.schedd)
                done = Submitted(claim.schedd, cluster, len(rows), runs_of(claim), folder)
                recorder.start(partial(self._record, claim, done, outcome, lease.pop_all()))
            except BaseException as failure:
                self._settle(self.books, claim, folder, handed_over, failure)
                raise

    def _record(self, claim: Claim, done: Submitted, outcome: Outcome, lease: ExitStack, books: Books) -> None:
        """Record a cluster, and take away its jobs whose rows are another's by now."""
        with lease:
            try:
                procs = books.record(claim.id, done.cluster, [row.dbid for row in claim.rows])
                reached("submit.recorded")
                remove_surplus(self.batch, claim.schedd, done.cluster, len(claim.rows), procs)
            except BaseException as failure:
                self._settle(books, claim, done.folder, True, failure)
                raise
        outcome.submitted.append(replace(done, jobs=len(procs)))

    def _settle(self, books: Books, claim: Claim, folder: Path, handed_over: bool, failure: BaseException) -> None:
        settle_failed(books, self.batch, claim.id, claim.schedd, folder, self.claimant, handed_over, failure)


def runs_of(claim: Claim) -> tuple[int, int]:
    """The first and the last run of a claim."""
    numbers = {row.job.run for row in claim.rows}
    return min(numbers), max(numbers)


def _commands(plan: Plan, intake: Intake) -> dict[str, str | int]:
    """What a description says because of how its schedd takes it."""
    return {**factory(plan.rule.job, intake.max_idle), **escalation(plan.rule.job, intake.retries_memory)}


def _alike(jobs: Sequence[Job], most: int) -> list[Job]:
    """The first jobs, as long as they have one mask: what a cluster's description says is the same for all its jobs."""
    return list(takewhile(lambda job: job.mask == jobs[0].mask, islice(jobs, most)))
