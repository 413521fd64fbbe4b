"""Find files in the catalogs: produced files by what they are, and raw files that are on tape only.

One statement counts the files of each run. The files are read in pages of whole runs, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.config.profile import Match
from prodcli.db import Database, Transaction
from prodcli.names import leafdir
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.config.profile import Site

_PAGE = 20_000  # files that one statement reads, unless a single run has more


class FileStatus(StrEnum):
    """What the catalog says of a file: on disk, on tape only, or bad."""

    DISK = "disk"
    TAPE = "tape"
    BAD = "bad"


@dataclass(frozen=True)
class FileFilter:
    """The files that somebody asks for; no dsttypes, no tags, no dataset: any."""

    runs: RunSelection
    segments: RunSelection | None = None
    dsttypes: tuple[str, ...] = ()
    tags: Sequence[str] = ()
    dataset: str | None = None
    status: FileStatus | None = None

    @property
    def values(self) -> dict[str, object]:
        """The values of the queries, but for runs."""
        return {
            "any_dsttype": int(not self.dsttypes),
            "dsttypes": list(self.dsttypes),
            "any_tag": int(not self.tags),
            "tags": list(self.tags),
            "dataset": self.dataset,
            "any_segment": int(self.segments is None),
            "segments": _spans(self.segments) if self.segments else [],
            "status": self.status and self.status.value,
        }


class CatalogFile(NamedTuple):
    """A produced file in one place; `host` and `path` are None if the catalog knows no place."""

    filename: str
    run: int
    segment: int | None
    dsttype: str | None
    dataset: str | None
    tag: str | None
    status: str
    events: int | None
    size: int | None
    host: str | None
    path: str | None


class TapeFile(NamedTuple):
    """A raw file that is on tape only."""

    filename: str
    run: int
    host: str | None
    segment: int | None
    size: int | None


@dataclass(frozen=True)
class FileSearch:
    """What was found: the number of files by run, and a way to read them page by page."""

    counts: Mapping[int, int]
    pages: Iterator[list[Any]]

    @property
    def total(self) -> int:
        """The number of files in all."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class TapeSearch(FileSearch):
    """Raw files on tape; `bad` raw files are neither on disk nor worth staging."""

    bad: int


def dsttypes_called(site: Site, name: str) -> tuple[str, ...]:
    """The dsttypes of a name: itself, and for a combining dsttype of the profile those of its hosts."""
    known = site.dsttypes.get(name)
    hosts = known.hosts if known is not None and known.match is Match.COMBINING else ()
    return (name, *(leafdir(name, host.leaf) for host in hosts))


def find_files(filecatalog: Database, wanted: FileFilter) -> FileSearch:
    """The produced files that are asked for, sorted by run, dsttype and segment."""
    counts: dict[int, int] = filecatalog.read(
        lambda tx: dict(tx.rows("count_files", spans=_spans(wanted.runs), **wanted.values))
    )
    read = partial(_page, filecatalog, CatalogFile, "files_of_runs", wanted.values)
    return FileSearch(counts, map(read, _pages(counts)))


def find_on_tape(raw: Database, runs: RunSelection, hosts: Iterable[str] = ()) -> TapeSearch:
    """The raw files that are on tape only, of some hosts or of all, sorted by run, host and segment."""
    names = list(hosts)
    values = {"any_host": int(not names), "hosts": names}
    rows = raw.read(lambda tx: list(tx.rows("count_raw_files", spans=_spans(runs), **values)))
    counts = {run: int(on_tape) for run, on_tape, _ in rows if on_tape}
    read = partial(_page, raw, TapeFile, "raw_files_on_tape", values)
    return TapeSearch(counts, map(read, _pages(counts)), sum(int(bad) for *_, bad in rows))


def _pages(counts: Mapping[int, int]) -> Iterator[list[int]]:
    """The runs in groups that have about a page of files."""
    page: list[int] = []
    files = 0
    for run, count in counts.items():
        if page and files + count > _PAGE:
            yield page
            page, files = [], 0
        page.append(run)
        files += count
    if page:
        yield page


def _page(
    database: Database, kind: Callable[..., Any], query: str, values: Mapping[str, object], runs: list[int]
) -> list[Any]:
    def work(tx: Transaction) -> list[Any]:
        return list(tx.rows_as(kind, query, runs=runs, **values))

    return database.read(work)


def _spans(runs: RunSelection) -> list[dict[str, int]]:
    return [{"low": low, "high": high} for low, high in runs.spans]
