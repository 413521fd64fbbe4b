"""What is kept of a job that is to run again: its row, its rendered files, and the record of what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from prodcli.db import Database
from prodcli.errors import ProdError
from prodcli.jobs.one_job import find_job
from prodcli.provenance.again import commands_again
from prodcli.provenance.payload import PayloadFile, read_files
from prodcli.provenance.stored import Record, Records
from prodcli.recovery.resubmit_description import StoredJob
from prodcli.recovery.stored_submissions import GONE, in_books, in_files, read_rendered, stored_jobs, with_kits

_OLDER = "older submissions, and those of other tools, have no record"


@dataclass(frozen=True)
class FailedJob:
    """A job by its attributes, as it was submitted; `rule_text` is its resolved rule, `payload` the files of then."""

    row: Mapping[str, Any]
    stored: StoredJob
    record: Record
    rule_text: str
    payload: tuple[PayloadFile, ...]

    @property
    def dbid(self) -> int:
        """The row of the books."""
        return int(self.row["dbid"])

    def commands_again(self, folder: Path) -> list[str]:
        """The commands that bring the code of then back; files of texts lie in a folder."""
        return [line for line in commands_again(self.record, self.row, PurePath(folder)) if line.startswith("git ")]


def read_job(books: Database, dbid: int) -> FailedJob:
    """The job of a row.

    Raises UsageError for an unknown row, ProdError for a job whose rendered files, kit or record are gone.
    """
    row = find_job(books, str(dbid))
    stored = _stored(books, dbid)
    record = _record(books, row)
    texts = Records(books).texts([record.resolved, record.payload])
    payload = tuple(read_files(texts.get(record.payload or "", "")))
    return FailedJob(row, stored, record, texts.get(record.resolved or "", ""), payload)


def _stored(books: Database, dbid: int) -> StoredJob:
    """The rendered files of a job; raises ProdError if they or its kit are gone."""
    found = in_files(books, [dbid], read_rendered) or in_books(books, [dbid])
    whole, no_kit = with_kits(found)
    job = stored_jobs(whole).get(dbid)
    if job is None:
        raise ProdError(no_kit if found and not whole else GONE, where=f"dbid {dbid}")
    return job


def _record(books: Database, row: Mapping[str, Any]) -> Record:
    """The record of the submission of a job; raises ProdError if there is none."""
    records = Records(books)
    claims = records.claims([row["claim"]]) if row["claim"] else []
    known = records.get([one.provenance for one in claims if one.provenance])
    record = next(iter(known.values()), None)
    if record is None or record.resolved is None:
        raise ProdError("it is not on record what the job was made from", where=f"dbid {row['dbid']}", todo=_OLDER)
    return record
