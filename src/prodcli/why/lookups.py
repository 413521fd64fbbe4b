"""Reads for people that a plan does not need: files, times, and hold reasons."""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.catalogs.rows import whole
from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.row_objects import Row
from prodcli.why.existing_outputs import BlockedGroup, Blocking, Produced

_NAMES = 20_000  # names per statement


def off_disk(raw: Database, run: int, hosts: Sequence[str]) -> dict[str, list[tuple[int, int | None]]]:
    """The (segment, status) of a run's raw files that are not on disk, by host."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    if hosts:
        rows = raw.read(lambda tx: list(tx.rows("raw_off_disk", run=run, hosts=list(hosts))))
        for host, segment, status in rows:
            found.setdefault(host, []).append((whole(segment) or 0, whole(status)))
    return found


def strangers(raw: Database, run: int, known: Sequence[str]) -> list[str]:
    """The hosts of a run's raw files that the site profile does not know."""
    return [host for (host,) in raw.read(lambda tx: list(tx.rows("raw_strangers", run=run, hosts=list(known))))]


def produced_files(filecatalog: Database, names: Sequence[str]) -> list[Produced]:
    """The rows of the file catalog for outputs, sorted by name."""
    return [Produced(*row) for row in _rows(filecatalog, "produced_details", names)]


def blocking_jobs(books: Database, names: Sequence[str]) -> list[Blocking]:
    """The rows that block outputs, sorted by name."""
    return [Blocking(*row) for row in _rows(books, "blocking_details", names)]


def blocked_groups(books: Database, names: Sequence[str]) -> list[BlockedGroup]:
    """The rows that block outputs, counted by state and run."""
    return [BlockedGroup(*row) for row in _rows(books, "blocking_groups", names)]


def has_attempts(books: Database) -> bool:
    """True for books of prodcli; books of other tools have only rows of jobs."""
    return books.read(lambda tx: tx.one("has_table", table_name="production_attempts")) is not None


def clock(books: Database) -> int:
    """The time of the database, in seconds since 1970."""
    row = books.read(lambda tx: tx.one("database_clock"))
    return int(row[0]) if row else 0


def _rows(database: Database, query: str, names: Sequence[str]) -> list[Row]:
    def work(tx: Transaction) -> list[Row]:
        return [row for chunk in chunks_of(names, _NAMES) for row in tx.rows(query, names=chunk)]

    return database.read(work) if names else []
