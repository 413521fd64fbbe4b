"""Check the raw catalog against the disk: entries without file, files without entry, checksums that cannot be right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.completeness import findings
from prodcli.completeness.catalog_rows import OutputRow
from prodcli.completeness.disk import listed
from prodcli.completeness.file_checks import wrong_checksums
from prodcli.completeness.findings import Finding, Kind
from prodcli.completeness.output_folders import folders_of
from prodcli.db import chunks_of
from prodcli.progress import Progress, silent

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.runs.selection import RunSelection

_RUNS = 20  # of a part: a run may have ten thousand raw files
_NAMES = 20_000  # per statement
_MD5 = re.compile(r"[0-9a-f]{32}")
_MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
_RUN = re.compile(r"-([0-9]{8})-([0-9]+)")  # in the name of a raw file


@dataclass
class RawResult:
    """What was found in the raw catalog; `elsewhere` are folders that are not on this host."""

    files: int = 0
    on_disk: int = 0
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> Counter[Kind]:
        """How many findings of each kind there are."""
        return Counter(one.kind for one in self.findings)


@dataclass(frozen=True, kw_only=True)
class RawCheck:
    """A check of the raw files of some runs; reads only."""

    raw: Database
    runs: RunSelection
    disk: bool = True
    deep: bool = False
    progress: Progress = silent

    def result(self) -> RawResult:
        """What differs, with two statements and one listing of each folder per twenty runs."""
        result = RawResult()
        spans = [{"low": low, "high": high} for low, high in self.runs.spans]
        numbers = self.raw.read(lambda tx: list(tx.column("raw_runs", spans=spans)))
        with self.progress(f"checking raw files of {len(numbers)} runs", len(numbers)) as advance:
            for part in chunks_of(numbers, _RUNS):
                self._check(part, result)
                advance(len(part))
        return result

    def _check(self, runs: Sequence[int], result: RawResult) -> None:
        rows = self.raw.read(lambda tx: list(tx.rows_as(OutputRow, "checked_raw_files", runs=list(runs))))
        on_disk = [row for row in rows if (row.status or 0) > 0]
        result.files += len({row.filename for row in rows})
        result.on_disk += len({row.filename for row in on_disk})
        result.findings += _impossible(rows)
        if self.disk:
            self._compare(rows, on_disk, result)

    def _compare(self, rows: Sequence[OutputRow], on_disk: Sequence[OutputRow], result: RawResult) -> None:
        folders = {folder: Path(folder).is_dir() for folder in folders_of([row.path for row in on_disk])}
        missing = {folder for folder, there in folders.items() if not there}
        listing = listed(sorted(set(folders) - missing))
        result.unreadable += listing.unreadable
        result.elsewhere |= missing
        hidden = missing | set(listing.unreadable)
        found = list(findings.of_entries(on_disk, listing.sizes, lambda path: path.rpartition("/")[0] in hidden))
        result.findings += found
        result.findings += self._unregistered(listing.sizes, {row.filename for row in rows})
        if self.deep:
            result.findings += wrong_checksums(on_disk, found, self.progress)

    def _unregistered(self, paths: Iterable[str], known: set[str]) -> Iterator[Finding]:
        """Files beside catalogued ones that the raw catalog does not have, of whichever run."""
        unknown = {name: path for path in paths if (name := path.rpartition("/")[2]) not in known}
        for chunk in chunks_of(sorted(unknown), _NAMES):
            there = self.raw.read(lambda tx, chunk=chunk: set(tx.column("produced_files", names=chunk)))  # type: ignore[misc]
            for name in chunk:
                found = _RUN.search(name)
                run, segment = (int(found[1]), int(found[2])) if found else (0, 0)
                if name not in there and run in self.runs:
                    yield Finding(Kind.UNREGISTERED, run, segment, name, unknown[name])


def _impossible(rows: Iterable[OutputRow]) -> Iterator[Finding]:
    """Entries whose checksum is no md5, or that of no content for a file that has some."""
    for row in rows:
        size = row.size if row.file_size is None else row.file_size
        if row.md5 is not None and (not _MD5.fullmatch(row.md5) or (row.md5 == _MD5_OF_NOTHING and size)):
            yield Finding(Kind.IMPOSSIBLE_MD5, row.run, row.segment, row.filename, f"md5 {row.md5!r:.60}")
