"""The books of jobs: claims that only one pass can win, and the jobs submitted under them.

A claim is committed before the submission; only rows that this claim won are submitted.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from prodcli.books.claimant import Claimant, account
from prodcli.books.lease import renew
from prodcli.books.queue_limit import QueueLimit
from prodcli.db import Database, Transaction, chunks_of

_NAMES = 20_000  # names per statement when looking rows up


@dataclass(frozen=True, slots=True)
class Booked:
    """A row that blocks an output."""

    filename: str
    dbid: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as planning saw it; a claim wins it only if status and attempt are unchanged."""

    filename: str
    dbid: int
    status: str | None
    substatus: str
    attempt: int
    schedd: str | None
    cluster: int | None
    proc: int | None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Who claims, for which schedd, under which batch name; rendered files go into a folder in `place`.

    Outputs of an open action are left to this action, unless it is `action`. `kit` is the name of the worker kit's content.
    `priority` is that of the jobs in the queue, `provenance` the record of what the jobs are made from; None if there is none.
    """

    claimant: Claimant
    schedd: str
    batch_name: str
    rule: str
    memory_asked: int
    place: Path
    action: str = ""
    kit: str = ""
    priority: int | None = None
    provenance: str | None = None


class ClaimRows(Protocol):
    """Rows to claim, in order."""

    def __len__(self) -> int:
        """The number of rows."""

    def put(self, tx: Transaction, claim_id: str, request: ClaimRequest, most: int) -> None:
        """Claim the first `most` of the rows, except rows that another claim has."""


class Won(NamedTuple):
    """A row that a claim won."""

    dbid: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The rows won for one submission, by file name; the queue had room for the first `tried` of the rows asked for.

    `folder` is the folder of its rendered files.
    """

    id: str
    schedd: str
    folder: Path
    rows: Mapping[str, Won]
    tried: int


@dataclass(frozen=True)
class Books:
    """The writable master of the production database."""

    database: Database

    def booked(self, names: Sequence[str], constraint: str = "") -> dict[str, Booked]:
        """The rows that block outputs, by file name; read from the master, where claims are decided."""

        def work(tx: Transaction) -> dict[str, Booked]:
            query = tx.named("blocking_jobs").constrained(constraint)
            chunks = chunks_of(names, _NAMES)
            return {row.filename: row for chunk in chunks for row in tx.rows_as(Booked, query, names=chunk)}

        return self.database.read(work)

    def seen(self, names: Sequence[str]) -> dict[str, Seen]:
        """Rows as they are now, by file name, to be claimed again."""

        def work(tx: Transaction) -> dict[str, Seen]:
            chunks = chunks_of(names, _NAMES)
            return {row.filename: row for chunk in chunks for row in tx.rows_as(Seen, "seen_jobs", names=chunk)}

        return self.database.read(work)

    def queue_left(self, limit: QueueLimit) -> int:
        """The number of jobs that may still be queued."""
        return self.database.read(limit.counted)

    def claim(self, request: ClaimRequest, rows: ClaimRows, queue_left: Callable[[Transaction], int]) -> Claim:
        """Claim rows in one transaction, at most as many as the queue has room for; rows of other claims are not won.

        `queue_left` is called under the lock that serialises claims of this batch name.
        """
        claim_id = str(uuid.uuid4())
        folder = request.place / claim_id
        tried = len(rows)

        def work(tx: Transaction) -> dict[str, Won]:
            nonlocal tried
            tx.one("lock_claims", lock=request.batch_name)
            tried = max(0, min(len(rows), queue_left(tx)))
            if not tried:
                return {}
            tx.run("insert_claim", claim=claim_id, folder=str(folder), **_about(request))
            rows.put(tx, claim_id, request, tried)
            won = _won(tx, claim_id)
            tx.run("count_claim", claim=claim_id, n=len(won))
            return won

        def committed(tx: Transaction) -> dict[str, Won] | None:
            return _won(tx, claim_id) if tx.one("claim_exists", claim=claim_id) else None

        won = self.database.write(work, committed)
        return Claim(claim_id, request.schedd, folder, won, tried)

    def renew(self, claim_id: str, claimant: Claimant) -> bool:
        """Renew a lease; False if the claim belongs to another claimant by now."""
        return renew(self.database, claim_id, claimant)

    def record(self, claim_id: str, cluster: int, dbids: Sequence[int]) -> set[int]:
        """Write the rows of a claim as submitted in a cluster, proc by row number, and close the claim.

        Returns the procs in the books: fewer than given if some rows no longer belonged to this claim.
        """
        rows = [{"id": dbid, "procid": proc} for proc, dbid in enumerate(dbids)]

        def work(tx: Transaction) -> set[int]:
            tx.run("yield_ids", cluster=cluster, claim=claim_id)
            tx.run("yield_taken", cluster=cluster, claim=claim_id)
            again = tx.one("has_taken", claim=claim_id) is not None
            if again:
                tx.run("keep_attempts", rows=rows, claim=claim_id)
                tx.run("end_attempts", rows=rows, claim=claim_id)
            booked = tx.run("record_submitted", rows=rows, cluster=cluster, claim=claim_id)
            tx.run("record_attempts", claim=claim_id, cluster=cluster)
            if again:
                tx.run("forget_taken", claim=claim_id)
            tx.run("close_claim", claim=claim_id, state="submitted")
            if booked == len(rows):
                return set(range(booked))
            return set(tx.column("recorded_procs", claim=claim_id, cluster=cluster))

        return self.database.write(work)

    def release(self, claim_id: str, claimant: Claimant) -> int:
        """Release a claim of which nothing reached a schedd: new rows are deleted, others are put back as they were.

        Returns the number of rows; 0, and nothing is changed, if the claim no longer belongs to this claimant.
        """

        def work(tx: Transaction) -> int:
            held = tx.run("release_claim", claim=claim_id, **asdict(claimant))
            return _give_up(tx, claim_id) if held else 0

        return self.database.write(work)

    def drop_rest(self, claim_id: str) -> int:
        """Release the rows of a recorded claim that are in no cluster."""
        return self.database.write(lambda tx: _give_up(tx, claim_id))

    def existing(self, dbids: Iterable[int]) -> set[int]:
        """The rows of these dbids that exist, in any claim."""
        ids = sorted(dbids)
        if not ids:
            return set()
        return self.database.read(lambda tx: set(tx.column("existing_rows", ids=ids)))


def _won(tx: Transaction, claim_id: str) -> dict[str, Won]:
    """The rows that a claim holds, by file name."""

    def named(filename: str, dbid: int, attempt: int) -> tuple[str, Won]:
        return filename, Won(dbid, attempt)

    return dict(tx.rows_as(named, "claimed_rows", claim=claim_id))


def _about(request: ClaimRequest) -> dict[str, object]:
    what = {"batch_name": request.batch_name, "rule": request.rule, "memory_asked": request.memory_asked}
    what |= {"kit": request.kit or None, "account": account(), "priority": request.priority}
    what |= {"provenance": request.provenance}
    return {"schedd": request.schedd, **what, **asdict(request.claimant)}


def _give_up(tx: Transaction, claim_id: str) -> int:
    again = tx.run("put_back", claim=claim_id)
    tx.run("forget_taken", claim=claim_id)
    return again + tx.run("release_rows", claim=claim_id)
