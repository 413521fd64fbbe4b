"""Several rows for one file name, as older tools left them: keep one row, archive the others."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.batch import Batch
from prodcli.config.profile import Site, overview_rows
from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.schema import upgrade
from prodcli.states import Status

_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class _DuplicateRow:
    """A row whose file name other rows have, too; `submitted` in seconds since 1970."""

    dbid: int
    filename: str
    status: str | None
    cluster: int | None
    proc: int | None
    submitted: int | None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The rows of one file name: the row to keep, the others, and the reason."""

    filename: str
    kept: int
    others: tuple[int, ...]
    why: str


def preview(database: Database, batch: Batch) -> list[Duplicates]:
    """Choose the row to keep for every file name with several rows; raises BatchError if a schedd does not answer."""

    def work(tx: Transaction) -> list[_DuplicateRow]:
        if tx.one("has_table", table_name="production_jobs") is None:
            return []
        return list(tx.rows_as(_DuplicateRow, "duplicate_rows"))

    groups: dict[str, list[_DuplicateRow]] = defaultdict(list)
    for row in database.read(work):
        groups[row.filename].append(row)
    if not groups:
        return []
    queued = {proc for schedd in batch.schedds() for proc in batch.in_queue(schedd)}
    return [_decide(filename, rows, queued) for filename, rows in groups.items()]


def archive(database: Database, groups: Sequence[Duplicates], site: Site) -> None:
    """Move the other rows into production_attempts, a few thousand per transaction."""
    upgrade(database, overview_rows(site), last=1)
    for chunk in chunks_of(groups, _ROWS):
        rows = [
            # its old row id, negative: before the first attempt of our own, and never twice the same
            {"id": dbid, "kept": group.kept, "attempt": -dbid}
            for group in chunk
            for dbid in group.others
        ]

        def work(tx: Transaction, rows: list[dict[str, int]] = rows) -> None:
            tx.run("archive_duplicates", rows=rows)
            tx.run("delete_rows", ids=[row["id"] for row in rows])

        database.write(work)


def _decide(filename: str, rows: Sequence[_DuplicateRow], queued: set[tuple[int, int]]) -> Duplicates:
    live = [row for row in rows if (row.cluster, row.proc) in queued]
    finished = [row for row in rows if row.status == Status.FINISHED]
    best, why = (
        (live, "live in the queue") if live else (finished, "finished") if finished else (list(rows), "the newest")
    )
    kept = max(best, key=lambda row: (row.submitted or 0, row.dbid))
    others = tuple(row.dbid for row in rows if row is not kept)
    return Duplicates(filename, kept.dbid, others, why)
