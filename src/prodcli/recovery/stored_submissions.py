"""Stored submissions: rendered files in the campaign folder, and rows of parked jobs in the books."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from prodcli.batch.description import DESCRIPTION, ITEMS, read_items
from prodcli.db import Database, Transaction, chunks_of
from prodcli.errors import BatchError
from prodcli.provenance.keeper import Repeated
from prodcli.recovery.resubmit_description import StoredJob, shared_lines, stored_job
from prodcli.submission.kit_copy import is_whole

log = logging.getLogger(__name__)
_ROWS = 5_000  # rows per statement
RenderedFiles = tuple[str, Mapping[int, Mapping[str, str]]]  # a description, and the items by row id
FileReader = Callable[[str], RenderedFiles | None]  # of a folder
GONE = "rendered files are gone or unreadable"


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """The stored submission of a claim: its description, and the items of some of its jobs by dbid."""

    claim: str
    folder: str
    description: str
    items: Mapping[int, Mapping[str, str]]

    @property
    def kit(self) -> str:
        """The copy of the worker kit that the jobs use; empty if they use none. Raises BatchError as `jobs` does."""
        parsed, _ = shared_lines(self.description, self.folder or f"claim {self.claim}")
        return parsed.commands.get("kit", "")

    @property
    def repeated(self) -> Repeated:
        """What is told of the claim when its jobs are submitted again; raises BatchError as `jobs` does."""
        parsed, lines = shared_lines(self.description, self.folder or f"claim {self.claim}")
        first = stored_job(parsed, lines, next(iter(self.items.values())))
        return Repeated(self.claim, first.rule, first.tag, Path(first.kit).name, first.said("executable"))

    def jobs(self) -> dict[int, StoredJob]:
        """The stored jobs; raises BatchError for a description that is not understood."""
        parsed, lines = shared_lines(self.description, self.folder or f"claim {self.claim}")
        return {dbid: stored_job(parsed, lines, row) for dbid, row in self.items.items()}


class _KeptFolder(NamedTuple):
    """The folder of the rendered files that a job was submitted from."""

    dbid: int
    claim: str
    folder: str


class _ParkedItem(NamedTuple):
    """The item data that the books keep of a parked job, as JSON."""

    dbid: int
    item: str
    claim: str


def in_files(database: Database, dbids: Collection[int], read: FileReader) -> list[StoredSubmission]:
    """The rendered files of jobs' current attempts, as far as they can be read on this host."""
    claims: dict[tuple[str, str], set[int]] = {}

    def work(tx: Transaction) -> None:
        claims.clear()
        for chunk in chunks_of(sorted(dbids), _ROWS):
            for row in tx.rows_as(_KeptFolder, "kept_folders", ids=chunk):
                claims.setdefault((row.claim, row.folder), set()).add(row.dbid)

    database.read(work)
    found = []
    for (claim, folder), wanted in claims.items():
        files = read(folder) if folder else None
        if files is not None:
            description, items = files
            of_jobs = {dbid: items[dbid] for dbid in wanted if dbid in items}
            found.append(StoredSubmission(claim, folder, description, of_jobs))
    return found


def read_rendered(folder: str) -> RenderedFiles | None:
    """The rendered files of a folder; None if they are gone, or cannot be read here."""
    path, items = Path(folder) / DESCRIPTION, Path(folder) / ITEMS
    try:
        description = path.read_text("utf-8")
        fields = shared_lines(description, str(path))[0].fields
        rows = read_items(items.read_text("utf-8"), fields, str(items))
        return description, {int(row["dbid"]): row for row in rows}
    except (OSError, ValueError, KeyError, BatchError) as failure:
        log.info("%s: %s", folder, failure)
        return None


def in_books(database: Database, dbids: Collection[int]) -> list[StoredSubmission]:
    """The stored submissions of parked jobs in the books."""
    items: dict[str, dict[int, Mapping[str, str]]] = {}
    descriptions: dict[str, str] = {}

    def work(tx: Transaction) -> None:
        items.clear()
        for chunk in chunks_of(sorted(dbids), _ROWS):
            for row in tx.rows_as(_ParkedItem, "parked_items", ids=chunk):
                items.setdefault(row.claim, {})[row.dbid] = json.loads(row.item)
        for claims in chunks_of(sorted(items), _ROWS):
            descriptions.update(tx.rows("parked_descriptions", claims=claims))

    database.read(work)
    return [
        StoredSubmission(claim, "", descriptions[claim], some) for claim, some in items.items() if claim in descriptions
    ]


def with_kits(submissions: Iterable[StoredSubmission]) -> tuple[list[StoredSubmission], str]:
    """The submissions whose worker kit is there as it was, and the reason why the jobs of others are left alone."""
    kept, gone, whole = [], set(), cache(is_whole)
    for one in submissions:
        if one.kit and not whole(Path(one.kit)):
            gone.add(one.kit)
        else:
            kept.append(one)
    return kept, f"worker kit is gone or damaged: {', '.join(sorted(gone))}"


def dbids_of(submissions: Iterable[StoredSubmission]) -> set[int]:
    """The dbids of the jobs of submissions."""
    return {dbid for one in submissions for dbid in one.items}


def stored_jobs(submissions: Iterable[StoredSubmission]) -> dict[int, StoredJob]:
    """The stored jobs of submissions, by dbid."""
    found: dict[int, StoredJob] = {}
    for one in submissions:
        found |= one.jobs()
    return found
