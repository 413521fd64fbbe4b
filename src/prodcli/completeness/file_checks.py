"""Compare catalog, disk and books of some runs: entries without file, files without entry, books that say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.catalogs.output_names import OutputNames
from prodcli.completeness import findings
from prodcli.completeness.catalog_reads import dsttypes_of, lists_jobs
from prodcli.completeness.catalog_rows import BookRow, OutputRow
from prodcli.completeness.disk import Listing, listed, md5s
from prodcli.completeness.findings import Finding, JobKey, Kind
from prodcli.completeness.output_folders import OutputFolders, folders_of
from prodcli.names import names_from, output_name
from prodcli.progress import Progress, silent
from prodcli.rules.layout import Job, Layout
from prodcli.states import LIVE

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection


@dataclass
class Compared:
    """What was found in some runs, and the folders that could not be read.

    `without_output` are the rows of the books whose job has no output, `staged` the files that wait for a spider, and
    `outputs_expected` how many outputs the books expect. `held_with_output` are the held jobs whose output is registered.
    """

    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    without_output: dict[JobKey, BookRow] = field(default_factory=dict)
    staged: frozenset[str] = frozenset()
    outputs_expected: int = 0
    held_with_output: list[BookRow] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class FileChecks:
    """Compares what a rule's production left in catalog, books (None: not looked at) and on disk.

    `deep` also compares checksums.
    """

    rule: Rule
    books: Database | None
    segments: RunSelection | None = None
    disk: bool = True
    deep: bool = False
    progress: Progress = silent

    def unseen_roots(self) -> list[str]:
        """The disks of the outputs that are not there, as on a host that does not mount them."""
        return [root for root in self._folders.roots if not Path(root).is_dir()]

    def compared(
        self, runs: Sequence[int], outputs: Sequence[OutputRow], jobs: Sequence[Job] | None = None
    ) -> Compared:
        """What differs in some runs: one statement, and one listing of each folder; `jobs` are those of a rule that lists them."""
        chosen = [row for row in outputs if self.segments is None or row.segment in self.segments]
        listing = self._listing(runs, chosen, jobs) if self.disk else None
        sizes = None if listing is None else listing.sizes
        unseen = listing.hides if listing is not None else _nothing
        found = list(findings.of_entries(chosen, sizes, unseen))
        gone = {one.filename for one in found if one.kind is Kind.NO_FILE}
        known = {row.filename for row in chosen}
        loose = {one.filename: one for one in self._folders.outputs(sizes or (), known, set(runs), self.segments)}
        found += (Finding(Kind.UNREGISTERED, one.run, one.segment, one.filename, one.path) for one in loose.values())
        found += findings.of_gaps(chosen, self.rule.outputs_per_job, self._name)
        booked, names = self._jobs(runs), self._outputs_of(chosen)
        several = self.rule.combining or self.rule.outputs_per_job > 1
        ended = [
            row for row in booked if not (several and row.status in LIVE)
        ]  # the others may have some of their outputs
        found += findings.of_books(ended, known - gone, {*loose, *gone}, names)
        if self.deep and sizes is not None:
            found += list(wrong_checksums(chosen, found, self.progress))
        return Compared(
            found,
            listing.unreadable if listing is not None else [],
            dict(findings.of_rows_without_output(booked, (known - gone) | {*loose}, names)),
            frozenset(one.filename for one in loose.values() if one.staged),
            findings.outputs_expected(booked),
            [row for row in ended if findings.is_held(row) and any(name in known - gone for name in names(row))],
        )

    @property
    def _folders(self) -> OutputFolders:
        return OutputFolders(OutputNames(Layout(self.rule)))

    def _listing(self, runs: Sequence[int], outputs: Sequence[OutputRow], jobs: Sequence[Job] | None) -> Listing:
        own = self._folders.of_runs(runs) if jobs is None else self._folders.of_jobs(jobs)
        folders = {*own} | folders_of([row.path for row in outputs])
        return listed(sorted(folders))

    def _name(self, run: int, segment: int) -> str:
        params = self.rule.params
        return output_name(f"{params.dsttype}_{params.dataset}_{self.rule.outtriplet}", run, segment)

    def _jobs(self, runs: Sequence[int]) -> list[BookRow]:
        """The rows of the books."""
        if self.books is None:
            return []
        wanted: dict[str, object] = {"tag": self.rule.outtriplet, "dsttypes": dsttypes_of(self.rule)}
        query, names = "checked_jobs", OutputNames(Layout(self.rule))
        if lists_jobs(self.rule):
            query, wanted = "checked_named_jobs", {"pattern": names.like}
        rows = self.books.read(lambda tx: list(tx.rows_as(BookRow, query, runs=list(runs), **wanted)))
        own = [row for row in rows if query == "checked_jobs" or names.parse(row.filename) is not None]
        return [row for row in own if self._is_chosen(row)]

    def _is_chosen(self, row: BookRow) -> bool:
        each = self.rule.outputs_per_job
        return self.segments is None or any(one in self.segments for one in range(row.segment, row.segment + each))

    def _outputs_of(self, outputs: Sequence[OutputRow]) -> findings.NamesOf:
        """The function that gives the names of a job's outputs; for combining those of its run and host."""
        if self.rule.combining:
            made: dict[tuple[int, str], list[str]] = {}
            for row in outputs:
                made.setdefault((row.run, row.dsttype), []).append(row.filename)
            return lambda row: [row.filename, *made.get((row.run, row.dsttype), ())]
        return lambda row: names_from(row.filename, self.rule.outputs_per_job)


def wrong_checksums(outputs: Sequence[OutputRow], found: Sequence[Finding], progress: Progress) -> Iterator[Finding]:
    """The files whose checksum differs, among those of the right size."""
    wrong = {one.filename for one in found if one.kind in (Kind.NO_FILE, Kind.SIZE_DIFFERS)}
    rows = {row.path: row for row in outputs if row.path and row.md5 and row.filename not in wrong}
    with progress(f"computing {len(rows)} checksums", len(rows)) as advance:
        for path, md5 in md5s(list(rows)):
            row = rows[path]
            if md5 != row.md5:
                told = f"{path} has {md5 or 'no readable content'}, the catalog says {row.md5}"
                yield Finding(Kind.MD5_DIFFERS, row.run, row.segment, row.filename, told)
            advance(1)


def _nothing(path: str) -> bool:
    return False
