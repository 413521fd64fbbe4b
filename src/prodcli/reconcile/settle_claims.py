"""Settle open claims: adopt jobs that reached the schedd, release the other rows.

A claim is only touched when its claimant is dead and its own schedd has answered.
"""

import logging
import shutil
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from operator import methodcaller
from pathlib import Path

from prodcli.batch import Batch, ClaimedCluster
from prodcli.batch.description import DESCRIPTION, ITEMS, LISTS, parse_description, read_items
from prodcli.batch.parallel import ask
from prodcli.books.claimant import Claimant, Liveness
from prodcli.books.claims import Books, Claim
from prodcli.books.job_events import book_events
from prodcli.errors import BatchError, ProdError
from prodcli.fault_points import reached
from prodcli.reconcile.open_claims import OpenClaim, open_claims, take_over

log = logging.getLogger(__name__)


class ClaimFate(StrEnum):
    """The fate of an open claim."""

    ADOPTED = "adopted"
    RELEASED = "released"
    LEFT = "left open"


@dataclass(frozen=True, slots=True)
class Settled:
    """The result for a claim; `trouble` if a dead pass's claim stays open, `silent` if its schedd does not answer."""

    claim: str
    fate: ClaimFate
    jobs: int
    why: str
    cluster: int | None = None
    trouble: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """An open claim, whether its claimant is alive, and its fate."""

    claim: OpenClaim
    liveness: Liveness
    settled: Settled


def settle_dead_claims(books: Books, batch: Batch, me: Claimant) -> list[ClaimFinding]:
    """Settle the claims of dead passes, at the beginning of every pass; one statement if there are none."""
    found = [one for one in settle_claims(books, batch, me) if not one.liveness.alive]
    for one in found:
        told = one.settled.fate is not ClaimFate.LEFT or one.settled.trouble  # else its own host will see to it
        log.log(
            logging.WARNING if told else logging.INFO,
            "claim %s of an interrupted pass: %s, %d jobs; %s",
            one.claim.id,
            one.settled.fate,
            one.settled.jobs,
            one.settled.why,
        )
    return found


def settle_claims(books: Books, batch: Batch, me: Claimant, dry_run: bool = False) -> list[ClaimFinding]:
    """Settle the claims on the configured schedds; a dry run returns the fates only."""
    schedds = batch.schedds()
    found = []
    dead: dict[str, list[ClaimFinding]] = defaultdict(list)
    for claim in open_claims(books.database, schedds):
        liveness = claim.liveness(me)
        if liveness.alive:
            found.append(ClaimFinding(claim, liveness, _left(claim.id, "its claimant works on it")))
        elif claim.schedd not in schedds:
            found.append(
                ClaimFinding(claim, liveness, _left(claim.id, f"schedd {claim.schedd} is not in this configuration"))
            )
        else:
            dead[claim.schedd].append(ClaimFinding(claim, liveness, _left(claim.id, "nobody works on it")))
    for schedd, findings in dead.items():
        claims = [one.claim for one in findings]
        settled = _preview(batch, schedd, claims) if dry_run else _settle_all(books, batch, schedd, claims, me)
        found += [ClaimFinding(one.claim, one.liveness, settled[one.claim.id]) for one in findings]
    return found


def settle(books: Books, batch: Batch, claim: Claim, me: Claimant) -> Settled:
    """Ask the schedd for the jobs of a claim of this process, and make the books agree."""
    try:
        clusters = _find(batch, claim.schedd, [claim.id])[claim.id]
    except BatchError as failure:
        return _silent(claim.id, failure)
    reached("reconcile.found")
    return _settle_found(books, batch, claim.id, claim.schedd, claim.folder, clusters, me)


def settle_failed(
    books: Books, batch: Batch, claim: Claim, me: Claimant, handed_over: bool, failure: BaseException
) -> None:
    """Settle a claim of this process whose submission failed; if that fails, the next pass settles it."""
    try:
        if not handed_over:
            count = books.release(claim.id, me)
            if count:  # else the claim is another's, who needs the files
                discard(claim.folder)
            log.info("%d claimed rows were released: %s", count, failure)
            return
        settled = settle(books, batch, claim, me)
        if settled.fate is ClaimFate.LEFT:
            log.error("claim %s: its rows stay `submitting` until the next pass: %s", claim.id, settled.why)
        else:
            level = logging.INFO if settled.fate is ClaimFate.RELEASED else logging.WARNING  # then nothing has happened
            log.log(level, "the claim was %s (%d jobs): %s", settled.fate, settled.jobs, settled.why)
    except ProdError as second:
        log.error("claim %s: its rows stay `submitting` until the next pass: %s", claim.id, second)


def discard(folder: Path) -> None:
    """Remove the rendered files of a released claim: submitted by hand, they would make jobs without rows. And its lists."""
    for name in (DESCRIPTION, ITEMS):
        with suppress(OSError):
            (folder / name).unlink()
    shutil.rmtree(folder / LISTS, ignore_errors=True)


def remove_surplus(batch: Batch, schedd: str, cluster: int, submitted: int, booked: Collection[int]) -> None:
    """Remove submitted jobs whose rows do not have this cluster and proc."""
    _remove(batch, schedd, [(cluster, proc) for proc in range(submitted) if proc not in booked])


def _settle_all(
    books: Books, batch: Batch, schedd: str, claims: Sequence[OpenClaim], me: Claimant
) -> dict[str, Settled]:
    """Settle claims of dead passes on one schedd; the process that takes a claim over first settles it."""
    try:
        clusters = _find(batch, schedd, [claim.id for claim in claims])  # only a schedd that answers goes on
    except BatchError as failure:
        return {claim.id: _silent(claim.id, failure) for claim in claims}
    taken = []
    for claim in claims:
        if take_over(books.database, claim, me):
            reached("reconcile.taken")
            taken.append(claim)
    settled = {claim.id: _left(claim.id, "another pass took it over") for claim in claims}
    try:
        # A claimant that is dead by its lease only may have submitted until its claim was taken over.
        clusters |= _find(batch, schedd, missing) if (missing := _without(clusters, taken)) else {}
    except BatchError as failure:
        return settled | {claim.id: _silent(claim.id, failure) for claim in taken}
    for claim in taken:
        reached("reconcile.found")
        folder = Path(claim.folder) if claim.folder else None
        settled[claim.id] = _settle_found(books, batch, claim.id, schedd, folder, clusters[claim.id], me)
    return settled


def _find(batch: Batch, schedd: str, claims: Sequence[str]) -> dict[str, list[ClaimedCluster]]:
    return ask(batch, schedd, methodcaller("find_claims", schedd, claims))


def _without(clusters: dict[str, list[ClaimedCluster]], claims: Sequence[OpenClaim]) -> list[str]:
    return [claim.id for claim in claims if not clusters[claim.id]]


def _preview(batch: Batch, schedd: str, claims: Sequence[OpenClaim]) -> dict[str, Settled]:
    """The result that `_settle_all` would have now; reads only."""
    try:
        clusters = _find(batch, schedd, [claim.id for claim in claims])
    except BatchError as failure:
        return {claim.id: _silent(claim.id, failure) for claim in claims}
    settled = {}
    for claim in claims:
        if not clusters[claim.id]:
            settled[claim.id] = Settled(claim.id, ClaimFate.RELEASED, claim.rows, f"schedd {schedd} never got it")
            continue
        first = clusters[claim.id][0]
        try:
            rows = len(_submitted_rows(batch, schedd, first, Path(claim.folder) if claim.folder else None))
        except (OSError, BatchError) as failure:
            settled[claim.id] = _unreadable(claim.id, failure)
            continue
        jobs = min(rows, claim.rows)
        settled[claim.id] = Settled(
            claim.id, ClaimFate.ADOPTED, jobs, _adopted(first.cluster, schedd, rows, jobs), first.cluster
        )
    return settled


def _settle_found(
    books: Books,
    batch: Batch,
    claim_id: str,
    schedd: str,
    folder: Path | None,
    clusters: Sequence[ClaimedCluster],
    me: Claimant,
) -> Settled:
    """Release a claim of this process, or adopt the first of its clusters."""
    if not clusters:
        if not books.renew(claim_id, me):
            return _left(claim_id, "another pass took it over")
        if folder is not None:
            discard(folder)
        released = books.release(claim_id, me)
        reached("reconcile.recorded")
        return Settled(claim_id, ClaimFate.RELEASED, released, f"schedd {schedd} never got it")
    for surplus in clusters[1:]:
        log.error(
            "cluster %d on %s is a duplicate of %d: %s",
            surplus.cluster,
            schedd,
            clusters[0].cluster,
            batch.remove_command(schedd, surplus.cluster),
        )
    try:
        dbids = _submitted_rows(batch, schedd, clusters[0], folder)
    except (OSError, BatchError) as failure:
        return _unreadable(claim_id, failure)
    return _adopt(books, batch, claim_id, schedd, clusters[0].cluster, dbids)


def _adopt(books: Books, batch: Batch, claim_id: str, schedd: str, cluster: int, dbids: Sequence[int]) -> Settled:
    procs = books.record(claim_id, cluster, dbids)
    reached("reconcile.recorded")
    # Rows of the claim that are not in the cluster were never submitted. Jobs whose row is somebody else's by now
    # must go; those whose row is gone are orphans, and a person decides.
    books.drop_rest(claim_id)
    elsewhere = books.existing(dbids[proc] for proc in range(len(dbids)) if proc not in procs)
    _remove(batch, schedd, [(cluster, proc) for proc, dbid in enumerate(dbids) if dbid in elsewhere])
    with suppress(BatchError):  # a harvest may have passed over reports of jobs that nobody knew yet
        present = [job.event for job in batch.describe(schedd, [cluster])]
        book_events(books.database, schedd, present)
    return Settled(
        claim_id, ClaimFate.ADOPTED, len(procs), _adopted(cluster, schedd, len(dbids), len(procs)), cluster=cluster
    )


def _submitted_rows(batch: Batch, schedd: str, found: ClaimedCluster, folder: Path | None) -> list[int]:
    """The dbids of a cluster by proc: from its rendered files, else from its jobs if all of them are known."""
    if folder is not None:
        with suppress(FileNotFoundError, PermissionError, NotADirectoryError):
            path = folder / DESCRIPTION
            description = parse_description(path.read_text(), str(path))
            items = folder / ITEMS
            return [int(row["dbid"]) for row in read_items(items.read_text(), description.fields, str(items))]
    present = [job.event for job in batch.describe(schedd, [found.cluster])]
    by_proc = {event.proc: event.dbid for event in (*batch.history(schedd, [found.cluster]), *present)}
    if sorted(by_proc) != list(range(found.procs)):
        raise BatchError(
            f"cluster {found.cluster} shows {len(by_proc)} of its {found.procs} jobs, and its rendered files are missing",
            where=str(folder or f"schedd {schedd}"),
            todo="reconcile on the host that has the files",
        )
    return [by_proc[proc] for proc in range(found.procs)]


def _remove(batch: Batch, schedd: str, surplus: Sequence[tuple[int, int]]) -> None:
    if surplus:
        log.error(
            "removing %d jobs of cluster %d on %s: their rows belong to another claim",
            len(surplus),
            surplus[0][0],
            schedd,
        )
        batch.remove(schedd, surplus, "prodcli: the row belongs to another claim")


def _left(claim_id: str, why: str) -> Settled:
    return Settled(claim_id, ClaimFate.LEFT, 0, why)


def _silent(claim_id: str, failure: BatchError) -> Settled:
    return Settled(claim_id, ClaimFate.LEFT, 0, f"no answer: {failure}", trouble=True, silent=True)


def _unreadable(claim_id: str, failure: Exception) -> Settled:
    return Settled(claim_id, ClaimFate.LEFT, 0, f"its items cannot be read: {failure}", trouble=True)


def _adopted(cluster: int, schedd: str, submitted: int, booked: int) -> str:
    where = f"it is cluster {cluster} on {schedd}"
    return where if booked == submitted else f"{where}, which has {submitted} jobs"
