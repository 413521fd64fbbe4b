"""Find the jobs of a filter in the books."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from prodcli.batch.hold_codes import memory_codes
from prodcli.books.job_filter import BookedJob, JobFilter
from prodcli.db import Database, Transaction
from prodcli.sizes import on_grid
from prodcli.states import Status, Substatus

_NUMBER = re.compile(r"[0-9]+")
_QUERIES = MappingProxyType({"queued": "queued_jobs", "failed": "failed_jobs", "parked": "parked_jobs"})


def find_jobs(database: Database, schedds: Sequence[str], wanted: JobFilter, where: str = "queued") -> list[BookedJob]:
    """The jobs of a filter on some schedds, by dbid, from one place: `queued`, `failed` or `parked`; in one query."""
    return database.read(lambda tx: _jobs(tx, _QUERIES[where], schedds, wanted))


def _jobs(tx: Transaction, query: str, schedds: Sequence[str], wanted: JobFilter) -> list[BookedJob]:
    rows = tx.rows(query, schedds=list(schedds), memory_codes=memory_codes(), **wanted.values())
    return sorted((_job(row) for row in rows), key=lambda job: job.dbid)


def _job(row: Sequence[Any]) -> BookedJob:
    status, substatus = Status(row[6]), Substatus(row[7])
    ladder = tuple(int(number) for number in _NUMBER.findall(row[12] or ""))
    most, used, limit = row[26:]
    exceeded = max(used or 0, on_grid(limit or 0))
    return BookedJob(*[*row[:6], status, substatus, *row[8:12], ladder, *row[13:26], most, exceeded])
