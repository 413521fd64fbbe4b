"""A reconciliation from end to end: settle the claims of dead passes, then find jobs that are not in the books."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from prodcli.batch import Batch
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books
from prodcli.db.schema import require_current
from prodcli.errors import BatchError, PartlyDone, ProdError
from prodcli.reconcile.orphans import UnbookedJobs, UnbookedKind, adopt, find_unbooked, remove
from prodcli.reconcile.settle_claims import ClaimFate, ClaimFinding, settle_claims

log = logging.getLogger(__name__)


@dataclass
class Report:
    """Findings and actions of a reconciliation; `silent` schedds did not answer, each with the reason."""

    findings: list[ClaimFinding] = field(default_factory=list)
    unbooked: list[UnbookedJobs] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict)
    refused: str = ""

    @property
    def clean(self) -> bool:
        """True if nothing needs a person."""
        trouble = any(one.settled.trouble for one in self.findings)
        return not (trouble or self.silent or any(one.kind is not UnbookedKind.STRANGER for one in self.unbooked))

    def require_done(self, schedds: int) -> None:
        """Raise BatchError if no schedd has answered, PartlyDone if a claim or a cluster is left open."""
        if self.refused:
            raise PartlyDone(self.refused)
        words = [f"{schedd}: {why}" for schedd, why in self.silent.items()]
        if words and len(words) == schedds:
            raise BatchError(f"no schedd answers: {'; '.join(words)}", todo="nothing was changed there; try again")
        words += [f"claim {one.claim.id}: {one.settled.why}" for one in self.findings if _open(one)]
        if words:
            raise PartlyDone(f"not all is settled: {'; '.join(words)}", todo="try again")


@dataclass(frozen=True)
class Reconciler:
    """Everything that reconciling needs from outside; with `dry_run` nothing changes anywhere."""

    books: Books
    batch: Batch
    me: Claimant
    dry_run: bool = False

    def run(self) -> Report:
        """Settle claims, then compare the queues with the books."""
        require_current(self.books.database)
        report = Report(settle_claims(self.books, self.batch, self.me, self.dry_run))
        adopting = {one.claim.id: one.settled.cluster for one in report.findings if one.settled.cluster is not None}
        for schedd in self.batch.schedds():
            try:
                report.unbooked += find_unbooked(self.books.database, self.batch, schedd, adopting)
            except BatchError as failure:
                report.silent[schedd] = str(failure)
        for one in report.findings:
            log.info("claim %s: %s, %d jobs; %s", one.claim.id, one.settled.fate, one.settled.jobs, one.settled.why)
        for unbooked in report.unbooked:
            log.info("%s: %d jobs of cluster %d on %s", unbooked.kind, unbooked.jobs, unbooked.cluster, unbooked.schedd)
        return report

    def adopt(self, report: Report, target: str) -> Report:
        """Write the orphans of a cluster into the books; refused jobs are reported.

        Raises ProdError if none can be adopted.
        """
        unbooked = chosen(report, target)
        if self.dry_run:
            return _with(report, unbooked, replace(unbooked, fate="would be adopted where the output is free"))
        jobs, refused = adopt(self.books, self.batch, unbooked, self.me)
        reasons = "; ".join(f"{count} jobs: {why}" for why, count in refused.most_common())
        where = f"cluster {unbooked.cluster} on {unbooked.schedd}"
        if not jobs:
            raise ProdError(f"no job is adopted: {reasons}", where=where, todo=f"{unbooked.command} removes them")
        log.info("%s: %d orphans adopted; %s", where, jobs, reasons or "all of them")
        report.refused = f"{where}: {jobs} jobs are adopted, others not: {reasons}" if refused else ""
        return _with(report, unbooked, replace(unbooked, fate=f"{jobs} adopted", why=reasons))

    def remove(self, report: Report, target: str, consent: Callable[[str], None]) -> Report:
        """Remove the orphans or duplicates of a cluster, once `consent` has returned."""
        unbooked = chosen(report, target)
        if self.dry_run:
            return _with(report, unbooked, replace(unbooked, fate="would be removed"))
        states = ", ".join(f"{count} {state}" for state, count in unbooked.states.items())
        consent(
            f"Remove {unbooked.jobs} jobs ({states}) of cluster {unbooked.cluster} on {unbooked.schedd}, {unbooked.why}?"
        )
        removed = remove(self.books.database, self.batch, unbooked)
        log.info("cluster %d on %s: %d jobs removed", removed.cluster, removed.schedd, removed.jobs)
        return _with(report, unbooked, removed)


def chosen(report: Report, target: str) -> UnbookedJobs:
    """The orphans or duplicates of CLUSTER or CLUSTER@SCHEDD; raises ProdError for none, and for several schedds."""
    number, _, schedd = target.partition("@")
    found = [one for one in report.unbooked if str(one.cluster) == number and (not schedd or one.schedd == schedd)]
    if not found:
        raise ProdError("the cluster has no orphans or duplicates", where=f"cluster {target}")
    if len(found) > 1:
        places = ", ".join(f"{one.cluster}@{one.schedd}" for one in found)
        raise ProdError("several schedds have such a cluster", where=f"cluster {target}", todo=f"name one of {places}")
    return found[0]


def _open(finding: ClaimFinding) -> bool:
    """True for a claim of a dead pass that stays open; silent schedds are reported once, not for each claim."""
    settled = finding.settled
    return settled.fate is ClaimFate.LEFT and settled.trouble and not settled.silent


def _with(report: Report, old: UnbookedJobs, new: UnbookedJobs) -> Report:
    return replace(report, unbooked=[new if one is old else one for one in report.unbooked])
