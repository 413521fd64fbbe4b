"""The books of jobs: claims that only one pass can win, what was submitted under them, and what is open.

A claim is made and committed before anything is submitted; only rows that this claim won are submitted.
"""

import logging
import math
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from prodcli.batch import Counted
from prodcli.claimant import Claimant
from prodcli.db import Database, Transaction, chunks_of
from prodcli.layout import Job, Layout
from prodcli.lease import renew

log = logging.getLogger(__name__)
_NAMES = 20_000  # names per statement when looking rows up
_ROWS = 5_000  # rows per statement when writing


@dataclass(frozen=True, slots=True)
class Booked:
    """A row that blocks an output."""

    filename: str
    dbid: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job whose row this claim holds."""

    job: Job
    dbid: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A set of rows held for one submission; of the jobs asked for, the first `tried` had room in the queue."""

    id: str
    schedd: str
    rows: tuple[Claimed, ...]
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

    def room(self, batch_name: str, queued: Callable[[], Counted], maxqueued: int) -> int:
        """How many more jobs of a batch name may be queued."""
        return self.database.read(lambda tx: _room(tx, batch_name, queued, maxqueued))

    def claim(
        self,
        layout: Layout,
        jobs: Sequence[Job],
        claimant: Claimant,
        schedd: str,
        folder: Callable[[str], str],
        queued: Callable[[], Counted],
        maxqueued: int,
        last: str = "",
    ) -> Claim:
        """Claim outputs: insert their rows unless somebody has them, at most as many as there is room for.

        `queued` counts the jobs of this batch name; it is asked under the lock that serialises such claims. `last` is
        our own claim that is in the queue, and maybe not recorded yet.
        """
        claim_id = str(uuid.uuid4())
        by_name = {layout.filename(job): job for job in jobs}
        allowed = len(jobs)

        def work(tx: Transaction) -> list[tuple[str, int, int]]:
            nonlocal allowed
            batch_name = layout.batch_name
            tx.one("lock_claims", lock=batch_name)
            allowed = max(0, min(len(jobs), _room(tx, batch_name, queued, maxqueued, last)))
            if not allowed:
                return []
            tx.run(
                "insert_claim",
                claim=claim_id,
                schedd=schedd,
                batch_name=batch_name,
                rule=layout.rule.name,
                memory_asked=layout.rule.job.request_memory[0],
                folder=folder(claim_id),
                **asdict(claimant),
            )
            rows = _book_rows(layout, jobs[:allowed])
            for chunk in chunks_of(rows, _ROWS):
                tx.run("claim_new", claim=claim_id, rows=chunk, schedd=schedd, **_common(layout, claimant))
            tx.run("count_claim", claim=claim_id)
            return list(tx.rows("claimed_rows", claim=claim_id))

        def committed(tx: Transaction) -> list[tuple[str, int, int]] | None:
            return list(tx.rows("claimed_rows", claim=claim_id)) if tx.one("claim_exists", claim=claim_id) else None

        won = {filename: (dbid, attempt) for filename, dbid, attempt in self.database.write(work, committed)}
        rows = tuple(Claimed(job, *won[name]) for name, job in by_name.items() if name in won)
        return Claim(claim_id, schedd, rows, allowed)

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
            tx.run("record_submitted", rows=rows, cluster=cluster, claim=claim_id)
            tx.run("record_attempts", claim=claim_id, cluster=cluster)
            tx.run("close_claim", claim=claim_id, state="submitted")
            return {row[0] for row in tx.rows("recorded_procs", claim=claim_id, cluster=cluster)}

        return self.database.write(work)

    def release(self, claim_id: str, claimant: Claimant) -> int:
        """Give up a claim of which nothing reached a schedd: its rows go, as if never claimed.

        Returns how many; none, and nothing is changed, if the claim is no longer this claimant's.
        """

        def work(tx: Transaction) -> int:
            held = tx.run("release_claim", claim=claim_id, **asdict(claimant))
            return tx.run("release_rows", claim=claim_id) if held else 0

        return self.database.write(work)

    def drop_rest(self, claim_id: str) -> int:
        """Delete the rows of a recorded claim that are in no cluster."""
        return self.database.write(lambda tx: tx.run("release_rows", claim=claim_id))

    def existing(self, dbids: Iterable[int]) -> set[int]:
        """Which of these rows there are, whoever has them."""
        ids = sorted(dbids)
        if not ids:
            return set()
        return self.database.read(lambda tx: {row[0] for row in tx.rows("existing_rows", ids=ids)})


def _room(tx: Transaction, batch_name: str, queued: Callable[[], Counted], maxqueued: int, last: str = "") -> int:
    """What `maxqueued` leaves: first the rows that are being submitted are counted, then the queues.

    In this order a job that moves from one to the other meanwhile counts twice, never not at all. Of a schedd that is
    silent, the jobs count that the books have there.
    """
    submitting = tx.one("count_submitting", batch_name=batch_name, last=last)
    counted = queued()
    if counted.silent:
        submitting = tx.one("count_submitting", batch_name=batch_name, last="")
        log.warning("%s: its jobs are counted in the books", ", ".join(counted.silent))
    alive = tx.one("count_alive", batch_name=batch_name, schedds=list(counted.silent)) if counted.silent else None
    return maxqueued - counted.jobs - sum(int(found[0]) for found in (submitting, alive) if found)


def _book_rows(layout: Layout, jobs: Sequence[Job]) -> list[dict[str, object]]:
    """What differs from row to row, sorted by file name so that two passes never wait for each other in a circle."""
    rows: list[dict[str, object]] = []
    for job in jobs:
        fields = layout.fields(job)
        rows.append(
            {
                "filename": layout.filename(job),
                "dsttype": layout.booked_dsttype(job),
                "run": job.run,
                "segment": job.segment,
                "log": layout.value("log", fields),
                "err": layout.value("error", fields),
                "out": layout.value("output", fields),
                "eventsinrun": job.eventsinrun,
                "maxjobsexpected": math.ceil(job.eventsinrun / (layout.rule.job.neventsper or max(1, job.eventsinrun))),
            }
        )
    return sorted(rows, key=lambda row: str(row["filename"]))


def _common(layout: Layout, claimant: Claimant) -> dict[str, object]:
    rule = layout.rule
    return {
        "rulename": rule.name,
        "tag": rule.outtriplet,
        "dataset": rule.booked_dataset,
        "submission_host": claimant.host,
        "intriplet": rule.intriplet if rule.tagged else "N/A",
        "indsttype_str": ",".join(layout.inputs),
        "mask": layout.masked or None,
        "xferslots": rule.job.request_xferslots,
        "request_memory": list(rule.job.request_memory),
        "request_disk": rule.job.request_disk,
        "request_cpus": rule.job.request_cpus,
        "neventsper": rule.job.neventsper,
    }
