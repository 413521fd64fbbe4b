"""The archive of a campaign: its rules and code as they were run, its summary, its outputs, and its runs with failed jobs."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.books.filters import Filters
from prodcli.campaigns.changes import Change, change
from prodcli.catalogs.file_search import CatalogFile, FileFilter, find_files
from prodcli.errors import ProdError, UsageError
from prodcli.reports import job_figures, trouble
from prodcli.reports.books_report import Question
from prodcli.reports.status import status_lines
from prodcli.reports.status_lines import total
from prodcli.reports.status_table import having, status_table
from prodcli.runs.selection import RunSelection
from prodcli.tables.faces import data_rows
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.reports.status_lines import Line
    from prodcli.tables.table import Cell

_HASH = 12  # letters of a rule's hash in the name of its file


class RuleAsRun(NamedTuple):
    """A resolved rule that jobs were submitted with; times in seconds since 1970."""

    rule: str
    hash: str
    text: str
    submissions: int
    first: int
    last: int

    @property
    def file(self) -> str:
        """The name of its file in the archive."""
        return f"{self.rule}-{self.hash[:_HASH]}.yaml"


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive holds, by file or folder: how many rules or rows."""

    folder: Path
    parts: dict[str, int]

    @property
    def table(self) -> Table:
        """The parts as a table."""
        rows: list[list[Cell]] = [[name, number] for name, number in self.parts.items()]
        return Table((Column("part"), Column("entries", kind=Kind.NUMBER)), rows, title=str(self.folder))


@dataclass(frozen=True)
class Archive:
    """The archive of a tag to be written into a folder; `name` gives the dsttype under which leaves are folded."""

    books: Database
    filecatalog: Database
    tag: str
    name: Callable[[str], str] = str

    def lines(self) -> list[Line]:
        """The states of the jobs by dsttype and dataset."""
        return status_lines(self.books, self._filters, name=self.name)

    def write(self, folder: Path) -> Archived:
        """Write the archive, whole or not at all.

        Raises UsageError if the folder exists, ProdError if it cannot be written, DatabaseError if a database cannot be read.
        """
        require_new(folder)
        unfinished = folder.with_name(f".{folder.name}-{os.getpid()}")
        try:
            unfinished.mkdir(parents=True)
            parts = {name: make(unfinished) for name, make in self._parts().items()}
            unfinished.rename(folder)
        except OSError as failure:
            raise ProdError(f"the archive cannot be written: {failure.strerror}", where=str(folder)) from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return Archived(folder, parts)

    @property
    def _filters(self) -> Filters:
        return Filters(tags=[self.tag])

    def _parts(self) -> dict[str, Callable[[Path], int]]:
        """The parts by their names, each with the function that writes it into a folder."""
        question = Question(self._filters, every=True, name=self.name)
        tables: dict[str, Callable[[], Table]] = {
            "summary": lambda: status_table(self.lines()),
            "runs": lambda: job_figures.runs(self.books, question),
            "failures": lambda: trouble.failed(self.books, question),
            "failed_runs": self._failed_runs,
            "code": self._code,
        }
        written = {f"{name}.csv": _writer(f"{name}.csv", make) for name, make in tables.items()}
        return {"rules": self._write_rules, **written, "outputs.csv": self._write_outputs}

    def _write_rules(self, folder: Path) -> int:
        rules = self.books.read(lambda tx: list(tx.rows_as(RuleAsRun, "rules_as_run", tag=self.tag)))
        (folder / "rules").mkdir()
        for one in rules:
            (folder / "rules" / one.file).write_text(one.text, encoding="utf-8")
        return len(rules)

    def _failed_runs(self) -> Table:
        """The runs with failed jobs of each dsttype."""
        failed = having(status_lines(self.books, self._filters, "run"), ["failed"])
        rows = [[one.dsttype, one.dataset, one.key, one.counts["failed"], one.jobs] for one in failed]
        return Table([Column(key) for key in ("dsttype", "dataset", "run", "failed", "jobs")], rows)

    def _code(self) -> Table:
        """The commits that jobs were submitted from."""
        keys = ("rule", "folder", "remote", "branch", "commit_id", "changed", "submissions", "first", "last")
        columns = [Column(key, kind=Kind.TIME if key in ("first", "last") else Kind.TEXT) for key in keys]
        return Table(columns, self.books.read(lambda tx: list(tx.rows("code_as_run", tag=self.tag))))

    def _write_outputs(self, folder: Path) -> int:
        """Write what the file catalog has of the tag, page by page."""
        runs = self.books.read(lambda tx: frozenset(tx.column("runs_of_tag", tag=self.tag)))
        found = find_files(self.filecatalog, FileFilter(RunSelection((), runs), tags=[self.tag]))
        return _write_csv(folder / "outputs.csv", CatalogFile._fields, (row for page in found.pages for row in page))


def require_new(folder: Path) -> None:
    """Raise UsageError if there is something in the place of an archive."""
    if folder.exists():
        raise UsageError("there is something already", where=str(folder), todo="name a new folder")


def require_done(found: Sequence[Line], tag: str, unfinished: bool = False) -> None:
    """Raise UsageError for a tag without jobs, ProdError for jobs that are not finished, unless these are allowed."""
    if not found:
        raise UsageError(f"no job has the tag {tag!r:.80}", todo="prodcli query shows all tags")
    whole = total(found)
    states = {**whole.counts, "without a known state": whole.unknown}
    left = [f"{count} {state}" for state, count in states.items() if count and state != "finished"]
    if left and not unfinished:
        todo = f"prodcli query {tag} shows where; --unfinished closes the campaign all the same"
        raise ProdError(f"not all jobs are finished: {', '.join(left)}", where=tag, todo=todo)


def end_campaigns(books: Database, tag: str) -> list[Change]:
    """Make the campaigns of a tag inactive, of whatever type; returns those that were active."""
    return change(books, lambda found: [one for one in found if one.tag == tag and one.active], {"active": False})


def _writer(name: str, make: Callable[[], Table]) -> Callable[[Path], int]:
    """The function that writes a table into a file of a folder, and returns the number of its rows."""

    def write(folder: Path) -> int:
        table = make()
        return _write_csv(folder / name, table.keys, (row.values() for row in data_rows(table)))

    return write


def _write_csv(file: Path, keys: Sequence[str], rows: Iterable[Iterable[Any]]) -> int:
    """Write rows into a file; returns their number."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(keys)
        written = 0
        for row in rows:
            writer.writerow(["" if cell is None else cell for cell in row])
            written += 1
    return written
