"""Reads for people that a plan does not need: files, times, and hold reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import Run, whole
from prodcli.config.zones import CatalogClock
from prodcli.db import Database, Transaction, chunks_of
from prodcli.planning.generate import generated_run, runs_of_rule
from prodcli.runs.selection import RunSelection
from prodcli.states import Status
from prodcli.why.existing_outputs import BlockedGroup, Blocking, Produced

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

T = TypeVar("T")
_NAMES = 20_000  # names per statement


class _OffDisk(NamedTuple):
    """A raw file that is not on disk."""

    host: str
    segment: Any
    status: Any


class _LastWords(NamedTuple):
    """The last phase of a failed job, and its last error, as it reported them."""

    filename: str
    phase: str | None
    error: str | None


def runs_of(catalogs: Catalogs, rule: Rule, selection: RunSelection) -> list[Run]:
    """The runs of a selection: of daq.run, or of a rule whose jobs are generated."""
    if not rule.generated:
        return catalogs.runs(selection)
    return [generated_run(rule, number) for number in runs_of_rule(rule) if number in selection]


def off_disk(raw: Database, run: int, hosts: Sequence[str]) -> dict[str, list[tuple[int, int | None]]]:
    """The (segment, status) of a run's raw files that are not on disk, by host."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    if hosts:
        for row in raw.read(lambda tx: list(tx.rows_as(_OffDisk, "raw_off_disk", run=run, hosts=list(hosts)))):
            found.setdefault(row.host, []).append((whole(row.segment) or 0, whole(row.status)))
    return found


def strangers(raw: Database, run: int, known: Sequence[str]) -> list[str]:
    """The hosts of a run's raw files that the site profile does not know."""
    return raw.read(lambda tx: list(tx.column("raw_strangers", run=run, hosts=list(known))))


def produced_files(filecatalog: Database, names: Sequence[str], clock: CatalogClock) -> list[Produced]:
    """The rows of the file catalog for outputs, sorted by name; `clock` is that of its times."""
    rows = _rows(filecatalog, Produced, "produced_details", names)
    return [replace(row, time=clock.read(row.time)) for row in rows]


def blocking_jobs(books: Database, names: Sequence[str]) -> list[Blocking]:
    """The rows that block outputs, sorted by name, with what failed jobs reported last."""
    rows = _rows(books, Blocking, "blocking_details", names)
    if not any(row.status == Status.FAILED for row in rows) or not _has_table(books, "production_reports"):
        return rows
    words = {one.filename: one for one in _rows(books, _LastWords, "last_words", names)}
    return [
        replace(row, phase=words[row.filename].phase, error=words[row.filename].error) if row.filename in words else row
        for row in rows
    ]


def blocked_groups(books: Database, names: Sequence[str]) -> list[BlockedGroup]:
    """The rows that block outputs, counted by state and run."""
    return _rows(books, BlockedGroup, "blocking_groups", names)


def has_attempts(books: Database) -> bool:
    """True for books of prodcli; books of other tools have only rows of jobs."""
    return _has_table(books, "production_attempts")


def _has_table(books: Database, name: str) -> bool:
    return books.read(lambda tx: tx.one("has_table", table_name=name)) is not None


def clock(books: Database) -> int:
    """The time of the database, in seconds since 1970."""
    return int(books.read(lambda tx: tx.value("database_clock")))


def _rows(database: Database, make: type[T], query: str, names: Sequence[str]) -> list[T]:
    def work(tx: Transaction) -> list[T]:
        return [row for chunk in chunks_of(names, _NAMES) for row in tx.rows_as(make, query, names=chunk)]

    return database.read(work) if names else []
