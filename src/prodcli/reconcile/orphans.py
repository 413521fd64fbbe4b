"""Orphans and duplicates: jobs in a queue with prodcli's attributes that differ from the row in the books.

The queue is read first, then the books: a row is claimed before its job is submitted, so a job without a row is an
orphan. Jobs of other tools have no such attributes, and are never seen here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple

from prodcli.batch import Batch, DescribedJob, Factory, ProcId, QueuedJob
from prodcli.books.claimant import Claimant
from prodcli.books.claims import Books
from prodcli.books.job_events import book_events
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import ProdError
from prodcli.states import NO_ROW

_JOBS = 20_000  # jobs per statement when comparing
_INSPECTED = "rendered for inspection"
_ROWS = 5_000  # rows per statement when writing


class UnbookedKind(StrEnum):
    """The fault of jobs.

    Their rows are gone or belong to others, their claim has another cluster, or is of other books.
    """

    ORPHAN = "orphan"
    DUPLICATE = "duplicate"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class UnbookedJobs:
    """Jobs of one cluster that differ from the books; `command` removes them, `fate` is the action on them."""

    kind: UnbookedKind
    schedd: str
    cluster: int
    claim: str
    owner: str
    procs: tuple[ProcId, ...]  # those that wait to be materialized included
    states: Mapping[str, int]
    why: str
    command: str
    unmade: bool = False  # some wait to be materialized: they do not say which output they make
    fate: str = "left"

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return len(self.procs)


class _Unlike(NamedTuple):
    """A job of a queue whose row is missing, or another job's; all from `dbid` on is what the row says."""

    cluster: int
    proc: int
    dbid: int | None
    status: str | None
    claim: str | None
    attempt: int | None
    schedd: str | None
    booked_cluster: int | None


class _Waiting(NamedTuple):
    """What the books have of a cluster with jobs to materialize: jobs that wait, jobs of its claim, another cluster of it."""

    cluster: int
    jobs: int
    submitting: int
    other: int | None


@dataclass
class _Cluster:
    """The findings on a cluster during the comparison."""

    claim: str
    owner: str
    jobs: int = 0
    procs: list[ProcId] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    twins: set[int] = field(default_factory=set)  # clusters with which the same claim is booked
    unmade: bool = False


def find_unbooked(
    database: Database, batch: Batch, schedd: str, adopting: Mapping[str, int] | None = None
) -> list[UnbookedJobs]:
    """Compare a schedd's queue with the books; a few statements, whatever the number of jobs.

    Jobs of open claims are left to settle_claims; `adopting` has the clusters of claims that are about to be adopted.
    Raises BatchError if the schedd does not answer.
    """
    jobs, waiting = batch.ours(schedd)
    if not jobs and not waiting:
        return []
    adopting = adopting or {}
    clusters: dict[int, _Cluster] = {}
    for job in jobs:
        clusters.setdefault(job.cluster, _Cluster(job.claim, job.owner)).jobs += 1
    for later in waiting:
        known = clusters.setdefault(later.cluster, _Cluster(later.claim, later.owner))
        known.jobs += later.total - later.following
    database.read(lambda tx: _compare(tx, schedd, jobs, waiting, adopting, clusters))
    unbooked = {number: found for number, found in sorted(clusters.items()) if found.procs}
    if not unbooked:
        return []
    claims = sorted({found.claim for found in unbooked.values()})
    ours = database.read(lambda tx: set(tx.column("known_claims", claims=claims)))
    return [_unbooked(batch, schedd, number, found, adopting, ours) for number, found in unbooked.items()]


def adopt(books: Books, batch: Batch, unbooked: UnbookedJobs, me: Claimant) -> tuple[int, Counter[str]]:
    """Write orphans into the books whose output is free; returns their number, and the reasons for the others.

    Raises BatchError if the schedd does not answer.
    """
    refused: Counter[str] = Counter()
    if unbooked.kind is not UnbookedKind.ORPHAN:
        return 0, Counter({unbooked.why: unbooked.jobs})
    if unbooked.unmade:
        why = "jobs that wait to be materialized do not say which output they make"
        return 0, Counter({why: unbooked.jobs})
    procs = set(unbooked.procs)
    told = [
        job
        for job in batch.describe(unbooked.schedd, [unbooked.cluster])
        if (unbooked.cluster, job.event.proc) in procs
    ]
    if missing := unbooked.jobs - len(told):
        refused["they left the queue, or do not say which output they make"] = missing
    free = _free(books, told, refused)
    if not free:
        return 0, refused
    booked = books.database.write(lambda tx: _restore(tx, unbooked, free, me))
    if lost := len(free) - len(booked):
        refused["somebody claimed the output meanwhile"] = lost
    events = [job.event for job in free if job.event.proc in booked]
    for chunk in chunks_of(events, _ROWS):
        book_events(books.database, unbooked.schedd, chunk)
    return len(booked), refused


def remove(database: Database, batch: Batch, unbooked: UnbookedJobs) -> UnbookedJobs:
    """Remove orphans or duplicates from the queue, if they still are; returns the removed jobs."""
    for now in find_unbooked(database, batch, unbooked.schedd):
        if (now.cluster, now.claim) == (unbooked.cluster, unbooked.claim):
            batch.remove(now.schedd, now.procs, f"prodcli: {now.kind}")
            return replace(now, fate="removed")
    return replace(unbooked, procs=(), states={}, fate="gone", why="they are no orphans or duplicates any more")


def _compare(
    tx: Transaction,
    schedd: str,
    jobs: list[QueuedJob],
    waiting: list[Factory],
    adopting: Mapping[str, int],
    clusters: dict[int, _Cluster],
) -> None:
    """Add the jobs that differ from the books to their cluster."""
    by_id = {(job.cluster, job.proc): job for job in jobs}
    for chunk in chunks_of(jobs, _JOBS):
        records = [{key: getattr(job, key) for key in ("cluster", "proc", "dbid", "attempt", "claim")} for job in chunk]
        for row in tx.rows_as(_Unlike, "unbooked_jobs", schedd=schedd, jobs=records):
            job, found = by_id[row.cluster, row.proc], clusters[row.cluster]
            ours = (row.claim, row.attempt) == (job.claim, job.attempt)
            if ours and row.status == "submitting" and adopting.get(job.claim, row.cluster) == row.cluster:
                continue  # a pass is at work on it
            found.procs.append((row.cluster, row.proc))
            found.states[job.queue.name.casefold()] += 1
            found.why[_why(job, row)] += 1
            if ours and row.booked_cluster is not None:
                found.twins.add(row.booked_cluster)
    spans = {one.cluster: one for one in waiting}
    records = [{"cluster": one.cluster, "following": one.following, "claim": one.claim} for one in waiting]
    for chunk_of_clusters in chunks_of(records, _JOBS):
        for booked in tx.rows_as(_Waiting, "booked_waiting", schedd=schedd, clusters=chunk_of_clusters):
            span, found = spans[booked.cluster], clusters[booked.cluster]
            at_work = booked.submitting and adopting.get(span.claim, booked.cluster) == booked.cluster
            if at_work or booked.jobs:
                continue  # one whose row is another attempt's shows up when it is materialized
            found.procs += [(booked.cluster, proc) for proc in range(span.following, span.total)]
            found.states["waiting"] += span.total - span.following
            found.why["the claim is booked with another cluster" if booked.other else "no row"] += 1
            found.twins |= {booked.other} if booked.other else set()
            found.unmade = True


def _why(job: QueuedJob, row: _Unlike) -> str:
    if job.dbid == NO_ROW:
        return _INSPECTED
    if row.dbid is None:
        return "no row"
    cluster, schedd = row.booked_cluster, row.schedd
    if (row.claim, row.attempt) == (job.claim, job.attempt):
        return f"the row is booked as cluster {cluster} on {schedd}" if cluster else "the row is being claimed"
    return f"the row is of another claim, booked as cluster {cluster} on {schedd}" if cluster else "another claim's row"


def _unbooked(
    batch: Batch, schedd: str, number: int, found: _Cluster, adopting: Mapping[str, int], known: Collection[str]
) -> UnbookedJobs:
    twins = (found.twins | ({adopting[found.claim]} if found.claim in adopting else set())) - {number}
    why = "; ".join(text for text, _ in found.why.most_common(2))
    kind = UnbookedKind.ORPHAN
    if twins:
        kind, why = UnbookedKind.DUPLICATE, f"of cluster {', '.join(map(str, sorted(twins)))}: {why}"
    elif found.claim not in known and _INSPECTED not in found.why:
        kind, why = UnbookedKind.STRANGER, "the claim is none of these books, but perhaps of another database's"
    procs = tuple(sorted(set(found.procs)))
    ours = f"prodcli reconcile --remove {number}@{schedd}"  # spares the jobs of the cluster that are booked
    command = batch.remove_command(schedd, number) if len(procs) >= found.jobs else ours
    return UnbookedJobs(
        kind, schedd, number, found.claim, found.owner, procs, dict(found.states), why, command, found.unmade
    )


def _free(books: Books, jobs: Iterable[DescribedJob], refused: Counter[str]) -> list[DescribedJob]:
    """The jobs that may get a row: their own is gone, and their output has no other."""
    by_name: dict[str, list[DescribedJob]] = defaultdict(list)
    for job in jobs:
        if job.event.dbid == NO_ROW:
            refused["they were rendered for inspection"] += 1
        elif name := _filename(job):
            by_name[name].append(job)
        else:
            refused["their stdout does not say which output they make"] += 1
    taken = books.booked(sorted(by_name))
    ids = books.existing(job.event.dbid for same in by_name.values() for job in same)
    free = []
    for name, same in sorted(by_name.items()):
        first, *others = same
        if others:
            refused["another job of the cluster makes the same output"] += len(others)
        if name in taken:
            refused[f"the output has a row, like {taken[name].dbid} ({taken[name].status})"] += 1
        elif first.event.dbid in ids:
            refused["the row is another output's"] += 1
        else:
            free.append(first)
    return free


def _restore(tx: Transaction, unbooked: UnbookedJobs, jobs: list[DescribedJob], me: Claimant) -> set[int]:
    """Insert rows again under their old dbids; returns the procs that have one now."""
    claim = unbooked.claim
    if not tx.run("restore_claim", claim=claim):
        raise ProdError("the claim is open", where=f"claim {claim}", todo="reconcile again when its pass has ended")
    memory = [jobs[0].event.memory_asked or 0]
    common = {"claim": claim, "schedd": unbooked.schedd, "submission_host": me.host_name, "request_memory": memory}
    tx.run("yield_ids", cluster=unbooked.cluster, claim=claim)
    for chunk in chunks_of([_row(job) for job in jobs], _ROWS):
        tx.run("restore_rows", rows=chunk, **common)
    tx.run("record_attempts", claim=claim, cluster=unbooked.cluster)
    wanted = {job.event.proc for job in jobs}
    return set(tx.column("recorded_procs", claim=claim, cluster=unbooked.cluster)) & wanted


def _row(job: DescribedJob) -> dict[str, object]:
    return {
        "id": job.event.dbid,
        "rule": job.rule,
        "tag": job.tag,
        "dataset": job.dataset,
        "dsttype": job.dsttype,
        "filename": _filename(job),
        "run": job.run,
        "segment": job.segment,
        "outputs": job.outputs,
        "log": job.log,
        "err": job.error,
        "out": job.output,
        "disk": job.disk,
        "cpus": job.cpus,
        "attempt": job.event.attempt,
        "cluster": job.event.cluster,
        "proc": job.event.proc,
        "mask": job.mask or None,
    }


def _filename(job: DescribedJob) -> str:
    """The output of a job, from the name of its stdout; empty if a template uses another name."""
    stdout = PurePath(job.output)
    return f"{stdout.stem}.root" if stdout.suffix == ".out" else ""
