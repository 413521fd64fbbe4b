"""Claims that somebody left open: adopt what reached the schedd, release what did not.

A claim is only touched when its claimant is dead, and only settled when its own schedd has answered.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from prodcli.batch import Batch
from prodcli.bookkeeping import Books
from prodcli.claimant import Claimant
from prodcli.errors import BatchError
from prodcli.faults import reached
from prodcli.submission import parse_description, read_items

log = logging.getLogger(__name__)
DESCRIPTION, ITEMS = "job.sub", "items.csv"


class Fate(StrEnum):
    """What became of an open claim."""

    ADOPTED = "adopted"
    RELEASED = "released"
    LEFT = "left open"


@dataclass(frozen=True, slots=True)
class Settled:
    """An open claim that was looked at."""

    claim: str
    fate: Fate
    jobs: int
    why: str


def settle_dead_claims(books: Books, batch: Batch, me: Claimant) -> list[Settled]:
    """Settle the claims of dead claimants on the schedds that this configuration uses."""
    settled = []
    for claim in books.open_claims():
        dead = claim.claimant.dead_here(me)
        if dead is None:
            dead = not claim.leased
        if dead and claim.schedd in batch.schedds() and books.take_over(claim, me):
            reached("reconcile.taken")
            settled.append(settle(books, batch, claim.id, claim.schedd, Path(claim.folder)))
    for one in settled:
        log.warning("claim %s of an interrupted pass: %s %d jobs; %s", one.claim, one.fate, one.jobs, one.why)
    return settled


def settle(books: Books, batch: Batch, claim_id: str, schedd: str, folder: Path) -> Settled:
    """Ask the schedd what it has of a claim, and make the books agree."""
    try:
        clusters = batch.find_claim(schedd, claim_id)
    except BatchError as failure:
        return Settled(claim_id, Fate.LEFT, 0, f"schedd {schedd} does not answer: {failure}")
    reached("reconcile.found")
    if not clusters:
        discard(folder)
        released = books.release(claim_id)
        reached("reconcile.recorded")
        return Settled(claim_id, Fate.RELEASED, released, f"schedd {schedd} never got it")
    for surplus in clusters[1:]:
        log.error(
            "cluster %d on %s is a duplicate of %d: condor_rm -name %s %d",
            surplus.cluster,
            schedd,
            clusters[0].cluster,
            schedd,
            surplus.cluster,
        )
    try:
        dbids = _submitted_rows(folder)
    except (OSError, BatchError) as failure:
        return Settled(claim_id, Fate.LEFT, 0, f"its items cannot be read: {failure}")
    procs = books.record(claim_id, clusters[0].cluster, dbids)
    reached("reconcile.recorded")
    remove_surplus(batch, schedd, clusters[0].cluster, len(dbids), procs)
    return Settled(claim_id, Fate.ADOPTED, len(procs), f"it is cluster {clusters[0].cluster} on {schedd}")


def discard(folder: Path) -> None:
    """Take away the rendered files of a claim that is given up: submitted by hand, they would make jobs without rows."""
    for name in (DESCRIPTION, ITEMS):
        with suppress(OSError):
            (folder / name).unlink()


def remove_surplus(batch: Batch, schedd: str, cluster: int, submitted: int, booked: set[int]) -> None:
    """Remove jobs that were submitted for rows which are no longer the claim's."""
    surplus = [(cluster, proc) for proc in range(submitted) if proc not in booked]
    if surplus:
        log.error(
            "removing %d jobs of cluster %d on %s: their rows belong to another claim", len(surplus), cluster, schedd
        )
        batch.remove(schedd, surplus, "prodcli: the row belongs to another claim")


def _submitted_rows(folder: Path) -> list[int]:
    """The row ids of a kept submission, by proc."""
    path = folder / DESCRIPTION
    description = parse_description(path.read_text(), str(path))
    items = folder / ITEMS
    return [int(row["dbid"]) for row in read_items(items.read_text(), description.fields, str(items))]
