"""Find the jobs of a filter in the books."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from prodcli.batch import Batch
from prodcli.batch.hold_codes import memory_codes
from prodcli.books.job_filter import BookedJob, JobFilter
from prodcli.db import Database, Transaction
from prodcli.db.queries import ints_of
from prodcli.errors import BatchError
from prodcli.sizes import on_grid
from prodcli.states import Status, Substatus

_QUERIES = MappingProxyType({"queued": "queued_jobs", "failed": "failed_jobs", "parked": "parked_jobs"})


def find_jobs(database: Database, schedds: Sequence[str], wanted: JobFilter, where: str = "queued") -> list[BookedJob]:
    """The jobs of a filter on some schedds, by dbid, from one place: `queued`, `failed` or `parked`; in one query."""
    return database.read(lambda tx: _jobs(tx, _QUERIES[where], schedds, wanted))


def schedds_to_read(database: Database, batch: Batch) -> list[str]:
    """The schedds whose jobs are shown: those in use; if the batch system cannot name them, those that were harvested."""
    try:
        return batch.schedds()
    except BatchError:
        return database.read(lambda tx: list(tx.column("harvested_schedds")))


def _jobs(tx: Transaction, query: str, schedds: Sequence[str], wanted: JobFilter) -> list[BookedJob]:
    jobs = tx.rows_as(_job, query, schedds=list(schedds), memory_codes=memory_codes(), **wanted.values())
    return sorted(jobs, key=lambda job: job.dbid)


def _job(
    status: str, substatus: str, ladder: str | None, most_used: int | None, memory_limit: int | None, **rest: Any
) -> BookedJob:
    return BookedJob(
        status=Status(status),
        substatus=Substatus(substatus),
        ladder=ints_of(ladder),
        memory_exceeded=max(most_used or 0, on_grid(memory_limit or 0)),
        **rest,
    )
