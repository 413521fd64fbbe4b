"""The books of jobs: claims that only one pass can win, what was submitted under them, and what is open.

A claim is made and committed before anything is submitted; only rows that this claim won are submitted.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from prodcli.books.claimant import Claimant
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
    """What planning saw of a row that is to be claimed again; it is won only if status and attempt are still so."""

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
    """What a claim is made for: by whom, for which schedd, under which batch name; its files go into a folder in `place`.

    What an open action is about is left to this action, unless it is `action`.
    """

    claimant: Claimant
    schedd: str
    batch_name: str
    rule: str
    memory_asked: int
    place: Path
    action: str = ""


class ClaimRows(Protocol):
    """Rows that are to be claimed, in order."""

    def __len__(self) -> int:
        """How many there are."""

    def put(self, tx: Transaction, claim_id: str, request: ClaimRequest, most: int) -> None:
        """Let a claim have the first `most` of the rows, but for those that somebody else has."""


class Won(NamedTuple):
    """A row that a claim holds."""

    dbid: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The rows held for one submission, by file name; of those asked for, the queue could take the first `tried`.

    `folder` is where its rendered files are kept.
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
            return {row[0]: Booked(*row) for chunk in chunks_of(names, _NAMES) for row in tx.rows(query, names=chunk)}

        return self.database.read(work)

    def seen(self, names: Sequence[str]) -> dict[str, Seen]:
        """Rows as they are now, by file name; what is to be claimed again is claimed by this."""

        def work(tx: Transaction) -> dict[str, Seen]:
            return {row[0]: Seen(*row) for part in chunks_of(names, _NAMES) for row in tx.rows("seen_jobs", names=part)}

        return self.database.read(work)

    def queue_left(self, limit: QueueLimit) -> int:
        """How many more jobs may be queued."""
        return self.database.read(limit.counted)

    def claim(self, request: ClaimRequest, rows: ClaimRows, queue_left: Callable[[Transaction], int]) -> Claim:
        """Claim rows in one transaction, at most as many as the queue may take; what somebody else has is not won.

        `queue_left` is asked under the lock that serialises claims of this batch name.
        """
        claim_id = str(uuid.uuid4())
        folder = request.place / claim_id
        tried = len(rows)

        def work(tx: Transaction) -> list[tuple[str, int, int]]:
            nonlocal tried
            tx.one("lock_claims", lock=request.batch_name)
            tried = max(0, min(len(rows), queue_left(tx)))
            if not tried:
                return []
            tx.run("insert_claim", claim=claim_id, folder=str(folder), **_about(request))
            rows.put(tx, claim_id, request, tried)
            won = list(tx.rows("claimed_rows", claim=claim_id))
            tx.run("count_claim", claim=claim_id, n=len(won))
            return won

        def committed(tx: Transaction) -> list[tuple[str, int, int]] | None:
            return list(tx.rows("claimed_rows", claim=claim_id)) if tx.one("claim_exists", claim=claim_id) else None

        won = self.database.write(work, committed)
        return Claim(claim_id, request.schedd, folder, {name: Won(*row) for name, *row in won}, tried)

    def renew(self, claim_id: str, claimant: Claimant) -> bool:
        """Renew a lease; False if it is no longer this claimant's."""
        return renew(self.database, claim_id, claimant)

    def record(self, claim_id: str, cluster: int, dbids: Sequence[int]) -> set[int]:
        """Book the rows of a claim as submitted in a cluster, proc by row number, and close the claim.

        Returns the procs that are booked: fewer than given if some rows were no longer this claim's.
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
            return {row[0] for row in tx.rows("recorded_procs", claim=claim_id, cluster=cluster)}

        return self.database.write(work)

    def release(self, claim_id: str, claimant: Claimant) -> int:
        """Give up a claim of which nothing reached a schedd: new rows go, those that were there before are as they were.

        Returns how many; none, and nothing is changed, if the claim is no longer this claimant's.
        """

        def work(tx: Transaction) -> int:
            held = tx.run("release_claim", claim=claim_id, **asdict(claimant))
            return _give_up(tx, claim_id) if held else 0

        return self.database.write(work)

    def drop_rest(self, claim_id: str) -> int:
        """Give up the rows of a recorded claim that are in no cluster."""
        return self.database.write(lambda tx: _give_up(tx, claim_id))

    def existing(self, dbids: Iterable[int]) -> set[int]:
        """Which of these rows there are, whoever has them."""
        ids = sorted(dbids)
        if not ids:
            return set()
        return self.database.read(lambda tx: {row[0] for row in tx.rows("existing_rows", ids=ids)})


def _about(request: ClaimRequest) -> dict[str, object]:
    what = {"batch_name": request.batch_name, "rule": request.rule, "memory_asked": request.memory_asked}
    return {"schedd": request.schedd, **what, **asdict(request.claimant)}


def _give_up(tx: Transaction, claim_id: str) -> int:
    again = tx.run("put_back", claim=claim_id)
    tx.run("forget_taken", claim=claim_id)
    return again + tx.run("release_rows", claim=claim_id)
