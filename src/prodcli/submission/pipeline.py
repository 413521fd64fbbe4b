"""The one way from rows to jobs in the books: claim, keep, render, renew, submit, record, remove surplus, settle.

First submissions, clones and unparked jobs take these steps. While a schedd takes one cluster, the next is claimed and
rendered here, and those before it are recorded: at most one cluster is on its way to a schedd, one is rendered, and two
are recorded. After a failure each of them is settled by itself: recorded, adopted or released.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from prodcli.batch import PATIENCE, Batch, Intake, SubmitProcess
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books, Claim, ClaimRequest, ClaimRows
from prodcli.books.lease import keeping
from prodcli.books.queue_limit import QueueLimit
from prodcli.db import Transaction
from prodcli.errors import ProdError
from prodcli.fault_points import reached
from prodcli.reconcile.settle_claims import remove_surplus, settle_failed
from prodcli.submission.recorder import AT_A_TIME, Recorder

log = logging.getLogger(__name__)
_PATIENCE_AT_THE_END = 60.0  # seconds that a pass which fails waits for what is under way


@dataclass(frozen=True, slots=True)
class ClaimedJobs:
    """The jobs of a claim: the dbids in the order of procs, and the writer of the rendered files.

    `runs` are the first and the last run.
    """

    claim: Claim
    rule: str
    runs: tuple[int, int]
    dbids: Sequence[int]
    write: Callable[[], Path]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Claimed jobs that are in the books as a cluster, and the number of recorded jobs."""

    claimed: ClaimedJobs
    cluster: int
    jobs: int


@dataclass(frozen=True, slots=True)
class _Handed:
    """Claimed jobs on their way to their schedd; the lease is kept until they are in the books."""

    claimed: ClaimedJobs
    lease: ExitStack


@dataclass
class Pipeline:
    """A context in which rows are claimed and submitted; at its end all clusters are recorded or settled.

    `latest` are the claims that went into a queue last, and may not be recorded yet.
    """

    books: Books
    batch: Batch
    process: SubmitProcess
    recorder: Recorder
    claimant: Claimant
    recorded: list[Recorded] = field(default_factory=list)
    latest: tuple[str, ...] = ()
    _under_way: _Handed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Finish all clusters under way; if the pass fails for another reason, that reason is raised."""
        try:
            self.finish(PATIENCE if failure is None else _PATIENCE_AT_THE_END)
        except ProdError as second:
            if failure is None:
                raise
            log.error("%s", second)

    @property
    def busy(self) -> bool:
        """True while a schedd takes a cluster, and cannot answer."""
        return self._under_way is not None

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for a submission; waits until no cluster is under way."""
        self.finish()
        return self.process.intake(schedd)

    def claim(self, request: ClaimRequest, rows: ClaimRows, limit: QueueLimit) -> Claim:
        """Claim rows, as many as the queue has room for; a claim that wins none is released at once.

        While a schedd is busy, all rows or none are claimed, by the room that is certain.
        """

        def left(tx: Transaction) -> int:
            if self.busy:
                return len(rows) if limit.at_least(tx) >= len(rows) else 0
            return limit.counted(tx, self.latest)

        claim = self.books.claim(request, rows, left)
        if claim.tried and not claim.rows:
            self.books.release(claim.id, self.claimant)
        return claim

    def submit(self, jobs: ClaimedJobs) -> None:
        """Render claimed jobs, and submit them when the cluster before them is in its queue.

        On a failure ask the schedd for the jobs, and make the books agree. Raises ProdError if the claim is lost.
        """
        claim, handed_over = jobs.claim, False
        with ExitStack() as lease:
            lease.enter_context(keeping(self.books.database, claim.id, self.claimant))
            try:
                reached("submit.claimed")
                description = jobs.write()
                reached("submit.rendered")
                self.finish()
                if not self.books.renew(claim.id, self.claimant):
                    raise ProdError(
                        "another process took the claim over before its submission", where=f"claim {claim.id}"
                    )
                reached("submit.renewed")
                handed_over = True
                self.process.take(claim.schedd, description)
                self._under_way = _Handed(jobs, lease.pop_all())
            except BaseException as failure:
                if handed_over:
                    self.process.give_up()
                self._settle(self.books, claim, handed_over, failure)
                raise
        if not self.process.busy:
            self.finish()

    def finish(self, patience: float = PATIENCE) -> None:
        """Wait until the cluster under way is in its queue, and begin to record it."""
        handed = self._under_way
        if handed is None:
            self.recorder.wait()
            return
        jobs, claim = handed.claimed, handed.claimed.claim
        with handed.lease as lease:
            try:
                cluster = self.process.cluster(patience)
                reached("submit.submitted")
                log.info("%s: %d jobs are cluster %d on %s", jobs.rule, len(jobs.dbids), cluster, claim.schedd)
                self.recorder.start(partial(self._record, jobs, cluster, lease.pop_all()))
                self.latest = (*self.latest, claim.id)[-AT_A_TIME:]
            except BaseException as failure:
                self.process.give_up()
                self._settle(self.books, claim, True, failure)
                raise
            finally:
                self._under_way = None

    def complete(self) -> None:
        """Wait until all submitted clusters are in the books."""
        self.finish()
        self.recorder.wait()

    def _record(self, jobs: ClaimedJobs, cluster: int, lease: ExitStack, books: Books) -> None:
        """Record a cluster, and remove its jobs whose rows belong to another claim by now."""
        claim = jobs.claim
        with lease:
            try:
                procs = books.record(claim.id, cluster, jobs.dbids)
                reached("submit.recorded")
                remove_surplus(self.batch, claim.schedd, cluster, len(jobs.dbids), procs)
            except BaseException as failure:
                self._settle(books, claim, True, failure)
                raise
        self.recorded.append(Recorded(jobs, cluster, len(procs)))

    def _settle(self, books: Books, claim: Claim, handed_over: bool, failure: BaseException) -> None:
        settle_failed(books, self.batch, claim, self.claimant, handed_over, failure)
