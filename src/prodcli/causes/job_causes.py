"""The signatures of jobs in trouble: those of the books, which `diagnose` counts, else made from err files and hold reasons.

The books get a signature with the next harvest. Until then a few err files of each kind of failure stand for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prodcli.books.job_filter import BookedJob
from prodcli.causes.failure_groups import JobCause, code_of, state_of, symptom_of
from prodcli.db import Database, Transaction, records
from prodcli.diagnosis.failed_step import TOLD_BY_FILES, FailureSignature, signature_from
from prodcli.diagnosis.signatures import telling_line
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.error_files import end_of_file
from prodcli.error_catalog.known_error import Category

_EXAMPLES, _TRIED, _MOST_READ = (
    3,
    10,
    100,
)  # err files that are read of a kind, that are tried, and that are read in all
_LINES = 15  # of these that say what it died of
_TABLE = "production_failures"


class _Kind(NamedTuple):
    """Failures that are taken for alike before any err file is read."""

    state: str
    dsttype: str
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class _BookedSignature:
    dbid: int
    id: int
    state: str
    code: str
    text: str
    entry: str
    name: str
    category: str

    @property
    def says(self) -> bool:
        """False for a failure whose files were not there when the books got it: now they may be."""
        return bool(self.text or self.entry or self.state not in TOLD_BY_FILES)


def causes_of(books: Database, jobs: Sequence[BookedJob], catalog: ErrorCatalog) -> dict[int, JobCause]:
    """The cause of each job by dbid; raises DatabaseError if the books cannot be read."""
    booked = _booked(books, jobs)
    others = [job for job in jobs if job.dbid not in booked]
    ends = _ends(others)
    return booked | {job.dbid: _made(job, ends, catalog) for job in others}


def _booked(books: Database, jobs: Sequence[BookedJob]) -> dict[int, JobCause]:
    """The signatures that the books have of the present trouble of jobs."""
    if not jobs:
        return {}
    rows = records([{"dbid": job.dbid, "attempt": job.attempt, "step": job.step} for job in jobs])

    def work(tx: Transaction) -> list[_BookedSignature]:
        there = tx.one("has_table", table_name=_TABLE) is not None
        return list(tx.rows_as(_BookedSignature, "signatures_of_jobs", rows=rows)) if there else []

    by_dbid = {job.dbid: job for job in jobs}
    return {
        one.dbid: _cause(by_dbid[one.dbid], one)
        for one in books.read(work)
        if (one.state, one.code) == (state_of(by_dbid[one.dbid]), code_of(by_dbid[one.dbid])) and one.says
    }


def _cause(job: BookedJob, one: _BookedSignature) -> JobCause:
    signature = FailureSignature(one.state, one.code, one.text, one.entry, one.name, Category(one.category))
    return JobCause(signature, one.id, one.text if one.state in TOLD_BY_FILES else job.hold_reason or "")


def _made(job: BookedJob, ends: Mapping[_Kind, str], catalog: ErrorCatalog) -> JobCause:
    """The cause of a job whose trouble is not in the books yet, or never will, as that of stalled jobs."""
    text = ends.get(_kind(job), "") if state_of(job) in TOLD_BY_FILES else job.hold_reason or ""
    return JobCause(signature_from(symptom_of(job, text), code_of(job), text, "", catalog), None, text)


def _kind(job: BookedJob) -> _Kind:
    return _Kind(state_of(job), job.dsttype, job.exit_code)


def _ends(jobs: Iterable[BookedJob]) -> dict[_Kind, str]:
    """The end of an err file that stands for each kind of failure, from the newest ones that can be read."""
    kinds: dict[_Kind, list[BookedJob]] = {}
    for job in jobs:
        if state_of(job) in TOLD_BY_FILES:
            kinds.setdefault(_kind(job), []).append(job)
    found = {}
    left = _MOST_READ
    for kind, members in sorted(kinds.items(), key=lambda one: -len(one[1])):
        ends: list[str] = []
        for job in sorted(members, key=lambda job: -job.since)[:_TRIED]:
            if not left or len(ends) == _EXAMPLES:
                break
            left -= 1
            ends += [end] if (end := end_of_file(job.err)) else []
        found[kind] = _usual(ends)
    return found


def _usual(ends: Sequence[str]) -> str:
    """The end of a file whose telling line most of the examples have."""
    lines = Counter(telling_line(end) for end in ends)
    line = max(lines, key=lambda one: (lines[one], one), default="")
    example = next((end for end in ends if telling_line(end) == line), "")
    return "\n".join(example.splitlines()[-_LINES:])
