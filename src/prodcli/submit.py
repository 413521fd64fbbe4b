"""Submitting a plan: directories, claim, render, submit, record - chunk by chunk, each chunk one claim and one cluster.

A crash between any two steps leaves a claim that the next pass settles: see reconcile.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from prodcli.batch import Batch
from prodcli.bookkeeping import Books, Claim
from prodcli.claimant import Claimant
from prodcli.errors import PartlyDone, ProdError
from prodcli.faults import reached
from prodcli.layout import NO_ROW, Job, Layout
from prodcli.plan import Plan
from prodcli.progress import Progress, silent
from prodcli.reasons import Level, Reason
from prodcli.reconcile import DESCRIPTION, ITEMS, Fate, discard, remove_surplus, settle
from prodcli.render import SUBMIT_TEMPLATE, render
from prodcli.site import DIRECTORIES
from prodcli.submission import make_items, render_context

log = logging.getLogger(__name__)
# MAX_JOBS_PER_SUBMISSION is 20,000 by default; half of it lets the first jobs start while others are rendered.
CHUNK = 10_000
_FINE_FIELDS = ("{run}", "{run8}", "{seg}", "{seg5}", "{dbid}")


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

    def submit(self, plan: Plan, maxjobs: int, maxqueued: int) -> Outcome:
        """Submit a plan's jobs, newest first: at most `maxjobs` (0 = all), and as many as the queue may take.

        What could not be claimed is added to the plan's skips.
        """
        outcome = Outcome()
        try:
            self._submit_chunks(plan, maxjobs, maxqueued, outcome)
        except ProdError as failure:
            if outcome.submitted:
                raise PartlyDone(f"{outcome.jobs} jobs are submitted and booked, then: {failure}") from failure
            raise
        return outcome

    def _submit_chunks(self, plan: Plan, maxjobs: int, maxqueued: int, outcome: Outcome) -> None:
        waiting = list(plan.jobs)
        schedd = self.batch.schedds()[0]
        directories = Directories()
        with self.progress("submitting", len(waiting)) as advance:
            while waiting and (not maxjobs or outcome.jobs < maxjobs):
                take = min(CHUNK, self.batch.max_procs, maxjobs - outcome.jobs if maxjobs else CHUNK)
                chunk, waiting = waiting[:take], waiting[take:]
                directories.make(plan.layout, chunk)
                claim = self._claim(plan.layout, chunk, schedd, maxqueued)
                if claim.rows:
                    outcome.submitted.append(self._submit_claim(plan.layout, claim))
                elif claim.tried:
                    self.books.release(claim.id)
                self._skip_lost(plan, chunk[: claim.tried], claim)
                advance(len(chunk))
                if claim.tried < len(chunk):
                    waiting = chunk[claim.tried :] + waiting
                    break
        for job in waiting:
            plan.skips.add(Reason.LIMIT, Level.OUTPUT, job.run, job.host or job.segment)

    @staticmethod
    def _skip_lost(plan: Plan, tried: Sequence[Job], claim: Claim) -> None:
        """Another pass was quicker, or there is a row that the rule's status constraint hides."""
        won = {id(row.job) for row in claim.rows}
        for job in tried:
            if id(job) not in won:
                plan.skips.add(Reason.BLOCKED, Level.OUTPUT, job.run, f"{job.host or job.segment} has a row by now")

    def room(self, layout: Layout, maxqueued: int) -> int:
        """How many jobs the queue may still take; for a dry run, which claims nothing."""
        return maxqueued - self.batch.count(layout.batch_name) - self.books.submitting(layout.batch_name)

    def _claim(self, layout: Layout, jobs: Sequence[Job], schedd: str, maxqueued: int) -> Claim:
        def room(submitting: int) -> int:
            # asked after the rows that are being submitted were counted: a job that moves from one
            # count to the other meanwhile is counted twice, never missed
            return maxqueued - submitting - self.batch.count(layout.batch_name)

        def folder(claim_id: str) -> str:
            return str(submission_folder(self.campaigns, layout, claim_id))

        return self.books.claim(layout, jobs, self.claimant, schedd, folder, room)

    def _submit_claim(self, layout: Layout, claim: Claim) -> Submitted:
        """Render, submit and record; on a failure in between, ask the schedd what it has and make the books agree."""
        folder = submission_folder(self.campaigns, layout, claim.id)
        handed_over = False
        try:
            reached("submit.claimed")
            rows = [layout.fields(row.job, row.dbid, row.attempt) for row in claim.rows]
            description = write_submission(layout, rows, claim.id, folder, self.templates)
            reached("submit.rendered")
            if not self.books.renew(claim.id, self.claimant):
                raise ProdError("the claim was taken over while it was rendered", where=f"claim {claim.id}")
            reached("submit.renewed")
            handed_over = True
            cluster = self.batch.submit(claim.schedd, description)
            reached("submit.submitted")
            procs = self.books.record(claim.id, cluster, [row.dbid for row in claim.rows])
            reached("submit.recorded")
            remove_surplus(self.batch, claim.schedd, cluster, len(claim.rows), procs)
        except BaseException as failure:
            self._settle(claim, folder, handed_over, failure)
            raise
        numbers = {row.job.run for row in claim.rows}
        log.info("%s: %d jobs are cluster %d on %s", layout.rule.name, len(claim.rows), cluster, claim.schedd)
        return Submitted(claim.schedd, cluster, len(claim.rows), (min(numbers), max(numbers)), folder)

    def _settle(self, claim: Claim, folder: Path, handed_over: bool, failure: BaseException) -> None:
        """Leave nothing half-done; what cannot be settled now is settled by the next pass."""
        try:
            if not handed_over:
                count = self.books.release(claim.id)
                discard(folder)
                log.info("%d claimed rows were released: %s", count, failure)
                return
            settled = settle(self.books, self.batch, claim.id, claim.schedd, folder)
            if settled.fate is Fate.LEFT:
                log.error("%d rows stay `submitting` until the next pass: %s", len(claim.rows), settled.why)
            else:
                log.warning("the claim was %s (%d jobs): %s", settled.fate, settled.jobs, settled.why)
        except ProdError as second:
            log.error("%d rows stay `submitting` until the next pass: %s", len(claim.rows), second)


class Directories:
    """Makes the directories of jobs, each once."""

    def __init__(self) -> None:
        self._made: set[str] = set()

    def make(self, layout: Layout, jobs: Sequence[Job]) -> None:
        """Make what the jobs write to; raises ProdError for the first that cannot be made."""
        templates = [layout.formats[key] for key in (*DIRECTORIES, "initialdir")]
        templates.append(str(Path(layout.formats["log"]).parent))
        if not any(field in template for template in templates for field in _FINE_FIELDS):
            # then directories differ by the hundred of runs and the leaf only
            jobs = list({(job.run // 100, job.leaf): job for job in jobs}.values())
        for job in jobs:
            fields = layout.fields(job)
            for directory in {template.format_map(fields) for template in templates} - self._made:
                make_folder(Path(directory))
                self._made.add(directory)


def make_folder(folder: Path) -> None:
    """Make a folder and what is above it; raises ProdError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise ProdError(f"the folder cannot be made: {failure.strerror}", where=str(folder)) from None


def submission_folder(campaigns: Path, layout: Layout, claim_id: str) -> Path:
    """Where the rendered files of a claim are kept."""
    return campaigns / layout.rule.name / layout.rule.outtriplet / claim_id


def write_submission(
    layout: Layout, rows: list[dict[str, str]], claim_id: str, folder: Path, templates: Path | None, hold: bool = False
) -> Path:
    """Render the description and write it with its items; valid for condor_submit. Raises ProdError if the disk is full."""
    items = make_items(rows)
    items_file = folder / ITEMS
    text = render(SUBMIT_TEMPLATE, render_context(layout, items, claim_id, str(items_file), hold), templates)
    make_folder(folder)
    try:
        items_file.write_text(items.text())
        (folder / DESCRIPTION).write_text(text)
    except OSError as failure:
        raise ProdError(f"the rendered files cannot be written: {failure.strerror}", where=str(folder)) from None
    return folder / DESCRIPTION


def render_only(plan: Plan, campaigns: Path, templates: Path | None) -> Path | None:
    """Render a plan for inspection: row id -1, `hold = true`, nothing claimed. Returns the folder."""
    if not plan.jobs:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = submission_folder(campaigns, plan.layout, f"no-submit-{stamp}")
    rows = [plan.layout.fields(job, NO_ROW) for job in plan.jobs]
    write_submission(plan.layout, rows, "none", folder, templates, hold=True)
    return folder
