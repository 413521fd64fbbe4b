"""From a claim to its jobs in the books, as a pipeline: while a schedd takes one cluster, the next is claimed and rendered
here, and those before it are recorded.

At most one cluster is on its way to a schedd, at most one other is rendered, and two are recorded. Whatever goes wrong,
each of them is settled by itself: recorded, adopted or released.
"""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from prodcli.batch import PATIENCE, Batch, Intake, SubmitProcess
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books, Claim
from prodcli.books.lease import keeping
from prodcli.errors import ProdError
from prodcli.fault_points import reached
from prodcli.reconcile.settle_claims import remove_surplus, settle_failed
from prodcli.rules.layout import Layout
from prodcli.submission.files import submission_folder, write_submission
from prodcli.submission.recorder import AT_A_TIME, Recorder

log = logging.getLogger(__name__)
_PATIENCE_AT_THE_END = 60.0  # seconds that a pass which fails waits for what is under way


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


@dataclass(frozen=True, slots=True)
class _Handed:
    """A claim that is on its way to its schedd; its lease is kept until it is in the books."""

    rule: str
    claim: Claim
    folder: Path
    lease: ExitStack


@dataclass
class Pipeline:
    """A context in which claims are submitted; at its end nothing is under way any more.

    `latest` are the claims that went into a queue last; maybe they are not recorded yet.
    """

    books: Books
    batch: Batch
    process: SubmitProcess
    recorder: Recorder
    claimant: Claimant
    campaigns: Path
    templates: Path | None
    outcome: Outcome
    latest: tuple[str, ...] = ()
    _under_way: _Handed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Bring what is under way to its end; if the pass fails for another reason, that one is told."""
        try:
            self.finish(PATIENCE if failure is None else _PATIENCE_AT_THE_END)
        except ProdError as second:
            if failure is None:
                raise
            log.error("%s", second)

    @property
    def busy(self) -> bool:
        """True while a schedd takes a cluster, and can be asked nothing."""
        return self._under_way is not None

    def intake(self, schedd: str) -> Intake:
        """How a schedd takes a submission; waits until none is under way."""
        self.finish()
        return self.process.intake(schedd)

    def submit(self, layout: Layout, claim: Claim, how: Mapping[str, str | int]) -> None:
        """Render a claim and hand it over when the cluster before it is in its queue.

        On a failure, ask the schedd what it has and make the books agree.
        """
        folder = submission_folder(self.campaigns, layout, claim.id)
        handed_over = False
        with ExitStack() as lease:
            lease.enter_context(keeping(self.books.database, claim.id, self.claimant))
            try:
                reached("submit.claimed")
                rows = [layout.fields(row.job, row.dbid, row.attempt) for row in claim.rows]
                description = write_submission(layout, rows, claim.id, folder, self.templates, how)
                reached("submit.rendered")
                self.finish()
                if not self.books.renew(claim.id, self.claimant):
                    raise ProdError("the claim was taken over while it was rendered", where=f"claim {claim.id}")
                reached("submit.renewed")
                handed_over = True
                self.process.take(claim.schedd, description)
                self._under_way = _Handed(layout.rule.name, claim, folder, lease.pop_all())
            except BaseException as failure:
                if handed_over:
                    self.process.give_up()
                self._settle(self.books, claim, folder, handed_over, failure)
                raise
        if not self.process.busy:
            self.finish()

    def finish(self, patience: float = PATIENCE) -> None:
        """Wait until what is under way is in its queue, and begin to record it; then only the latest are not recorded yet."""
        handed = self._under_way
        if handed is None:
            self.recorder.wait()
            return
        claim = handed.claim
        with handed.lease as lease:
            try:
                cluster = self.process.cluster(patience)
                reached("submit.submitted")
                log.info("%s: %d jobs are cluster %d on %s", handed.rule, len(claim.rows), cluster, claim.schedd)
                done = Submitted(claim.schedd, cluster, len(claim.rows), runs_of(claim), handed.folder)
                self.recorder.start(partial(self._record, claim, done, lease.pop_all()))
                self.latest = (*self.latest, claim.id)[-AT_A_TIME:]
            except BaseException as failure:
                self.process.give_up()
                self._settle(self.books, claim, handed.folder, True, failure)
                raise
            finally:
                self._under_way = None

    def _record(self, claim: Claim, done: Submitted, lease: ExitStack, books: Books) -> None:
        """Record a cluster, and take away its jobs whose rows are another's by now."""
        with lease:
            try:
                procs = books.record(claim.id, done.cluster, [row.dbid for row in claim.rows])
                reached("submit.recorded")
                remove_surplus(self.batch, claim.schedd, done.cluster, len(claim.rows), procs)
            except BaseException as failure:
                self._settle(books, claim, done.folder, True, failure)
                raise
        self.outcome.submitted.append(replace(done, jobs=len(procs)))

    def _settle(self, books: Books, claim: Claim, folder: Path, handed_over: bool, failure: BaseException) -> None:
        settle_failed(books, self.batch, claim.id, claim.schedd, folder, self.claimant, handed_over, failure)


def runs_of(claim: Claim) -> tuple[int, int]:
    """The first and the last run of a claim."""
    numbers = {row.job.run for row in claim.rows}
    return min(numbers), max(numbers)
