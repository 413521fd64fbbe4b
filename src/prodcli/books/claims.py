"""The books of jobs: claims that only one pass can win, what was submitted under them, and what is open.

A claim is made and committed before anything is submitted; only rows that this claim won are submitted.
"""

import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from types import MappingProxyType

from prodcli.books.claimant import Claimant
from prodcli.books.lease import renew
from prodcli.books.queue_limit import QueueLimit
from prodcli.db import Database, Transaction, chunks_of
from prodcli.rules.layout import Job, Layout

_NAMES = 20_000  # names per statement when looking rows up
_ROWS = 5_000  # rows per statement when writing
_NONE: Mapping[str, "Seen"] = MappingProxyType({})


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
class Claimed:
    """A job whose row this claim holds."""

    job: Job
    dbid: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A set of rows held for one submission; of the jobs asked for, the queue could take the first `tried`."""

    id: str
    schedd: str
    rows: tuple[Claimed, ...]
    tried: int


@dataclass(frozen=True, slots=True)
class ClaimedAgain:
    """Rows held for one submission that has no layout: (dbid, attempt) by file name. The queue could take the first `tried`."""

    id: str
    schedd: str
    rows: Mapping[str, tuple[int, int]]
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

    def claim(
        self,
        layout: Layout,
        jobs: Sequence[Job],
        claimant: Claimant,
        schedd: str,
        folder: Callable[[str], str],
        queue_left: Callable[[Transaction], int],
        seen: Mapping[str, Seen] = _NONE,
        action: str = "",
    ) -> Claim:
        """Claim outputs, at most as many as the queue may take: insert their rows unless somebody has them, or take the
        row that was `seen` of a file name, with a new attempt, unless somebody has changed it.

        `queue_left` is asked under the lock that serialises claims of this batch name. What an open action is about is left
        to it, unless it is this `action`.
        """
        by_name = {layout.filename(job): job for job in jobs}
        job = layout.rule.job
        about = {"batch_name": layout.batch_name, "rule": layout.rule.name, "memory_asked": job.request_memory[0]}

        def put(tx: Transaction, claim_id: str, allowed: int) -> None:
            common = {"claim": claim_id, "schedd": schedd, **_common(layout, claimant)}
            rows = _book_rows(layout, dict(islice(by_name.items(), allowed)), seen)
            for chunk in chunks_of([row for row in rows if "id" not in row], _ROWS):
                tx.run("claim_new", rows=chunk, action=action, **common)
            for chunk in chunks_of([row for row in rows if "id" in row], _ROWS):
                _take(tx, claim_id, chunk, action)
                tx.run("claim_seen", rows=chunk, **common)

        claim_id, won, tried = self._claimed(put, len(jobs), claimant, schedd, folder, queue_left, about)
        rows = tuple(Claimed(job, *won[name]) for name, job in by_name.items() if name in won)
        return Claim(claim_id, schedd, rows, tried)

    def claim_again(
        self,
        seen: Sequence[Seen],
        claimant: Claimant,
        schedd: str,
        batch_name: str,
        rule: str,
        memory_asked: int,
        folder: Callable[[str], str],
        queue_left: Callable[[Transaction], int],
        action: str = "",
    ) -> ClaimedAgain:
        """Take rows that were seen for a submission that is there already: what they say of their jobs stays as it is."""
        about = {"batch_name": batch_name, "rule": rule, "memory_asked": memory_asked}

        def put(tx: Transaction, claim_id: str, allowed: int) -> None:
            ordered = sorted(seen[:allowed], key=lambda row: row.filename)
            for chunk in chunks_of([_seen_row(row) for row in ordered], _ROWS):
                _take(tx, claim_id, chunk, action)
            tx.run("claim_as_it_was", claim=claim_id, schedd=schedd, submission_host=claimant.host_name)

        claim_id, won, tried = self._claimed(put, len(seen), claimant, schedd, folder, queue_left, about)
        return ClaimedAgain(claim_id, schedd, won, tried)

    def _claimed(
        self,
        put: Callable[[Transaction, str, int], None],
        wanted: int,
        claimant: Claimant,
        schedd: str,
        folder: Callable[[str], str],
        queue_left: Callable[[Transaction], int],
        about: Mapping[str, object],
    ) -> tuple[str, dict[str, tuple[int, int]], int]:
        """Make a claim in one transaction: let `put` claim as many rows as the queue may take; returns what was won."""
        claim_id = str(uuid.uuid4())
        allowed = wanted

        def work(tx: Transaction) -> list[tuple[str, int, int]]:
            nonlocal allowed
            batch_name = str(about["batch_name"])
            tx.one("lock_claims", lock=batch_name)
            allowed = max(0, min(wanted, queue_left(tx)))
            if not allowed:
                return []
            tx.run("insert_claim", claim=claim_id, schedd=schedd, folder=folder(claim_id), **about, **asdict(claimant))
            put(tx, claim_id, allowed)
            won = list(tx.rows("claimed_rows", claim=claim_id))
            tx.run("count_claim", claim=claim_id, n=len(won))
            return won

        def committed(tx: Transaction) -> list[tuple[str, int, int]] | None:
            return list(tx.rows("claimed_rows", claim=claim_id)) if tx.one("claim_exists", claim=claim_id) else None

        rows = self.database.write(work, committed)
        return claim_id, {filename: (dbid, attempt) for filename, dbid, attempt in rows}, allowed

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


def _take(tx: Transaction, claim_id: str, rows: Sequence[dict[str, object]], action: str) -> None:
    """Lock rows that are to be claimed again, and note what they are; only noted ones are claimed."""
    tx.one("lock_rows", rows=rows)
    tx.run("note_taken", claim=claim_id, rows=rows, action=action)


def _give_up(tx: Transaction, claim_id: str) -> int:
    again = tx.run("put_back", claim=claim_id)
    tx.run("forget_taken", claim=claim_id)
    return again + tx.run("release_rows", claim=claim_id)


def _seen_row(seen: Seen) -> dict[str, object]:
    return {
        "filename": seen.filename,
        "id": seen.dbid,
        "status": seen.status,
        "substatus": seen.substatus,
        "attempt": seen.attempt,
    }


def _book_rows(layout: Layout, jobs: Mapping[str, Job], seen: Mapping[str, Seen]) -> list[dict[str, object]]:
    """What differs from row to row, sorted by file name so that two passes never wait for each other in a circle."""
    rows: list[dict[str, object]] = []
    for filename in sorted(jobs):
        job = jobs[filename]
        fields = layout.fields(job)
        known = _seen_row(seen[filename]) if filename in seen else {"filename": filename}
        rows.append(
            {
                **known,
                "dsttype": layout.booked_dsttype(job),
                "run": job.run,
                "segment": job.segment,
                "log": layout.value("log", fields),
                "stem": layout.value("output", fields).removesuffix(".out"),  # `error` differs from it in `.err` only
                "eventsinrun": job.eventsinrun,
                "maxjobsexpected": math.ceil(job.eventsinrun / (layout.rule.job.neventsper or max(1, job.eventsinrun))),
            }
        )
    return rows


def _common(layout: Layout, claimant: Claimant) -> dict[str, object]:
    rule = layout.rule
    return {
        "rulename": rule.name,
        "tag": rule.outtriplet,
        "dataset": rule.booked_dataset,
        "submission_host": claimant.host_name,
        "intriplet": rule.intriplet if rule.tagged else "N/A",
        "indsttype_str": ",".join(layout.inputs),
        "mask": layout.masked or None,
        "xferslots": rule.job.request_xferslots,
        "request_memory": list(rule.job.request_memory),
        "request_disk": rule.job.request_disk,
        "request_cpus": rule.job.request_cpus,
        "neventsper": rule.job.neventsper,
    }
