"""Rows of plain files that were made again, or moved, since they were registered."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prodcli.config.profile import Site
from prodcli.db import Database, Transaction
from prodcli.registration.catalog_changes import Place, by_name
from prodcli.registration.lost_places import is_gone
from prodcli.registration.output_file import OutputFile


class _Stale(NamedTuple):
    """A file whose row may be that of another file: the row to compare with, and rows of old places."""

    file: OutputFile
    row: Place
    gone: tuple[Place, ...]

    def same(self, now: OutputFile) -> bool:
        """True if the file has the content of the row."""
        return now.size == self.row.size and (now.md5 is None or now.md5 == self.row.md5)

    def has(self, now: OutputFile) -> bool:
        """True if the catalog says of this very content whether it lies on disk, or is in quarantine."""
        return self.same(now) and bool(self.row.status)


@dataclass(frozen=True)
class Refresher:
    """Brings rows of known files up to date; `measure` finds size, time and md5 of a file, or None if it cannot be read.

    Without `with_md5` a file of the same size is taken for the same file. `judge` gives files far outside of what is usual the
    status of the quarantine.
    """

    filecatalog: Database
    dataset: str
    site: Site
    with_md5: bool
    measure: Callable[[OutputFile], OutputFile | None]
    judge: Callable[[Sequence[OutputFile]], Sequence[OutputFile]]

    def refresh(self, files: Sequence[OutputFile], dry_run: bool) -> int:
        """Refresh the rows of files that the catalog knows; returns how many were, or in a dry run are to be, refreshed.

        A row that another process has changed meanwhile stays as that process wrote it.
        """
        if not files:
            return 0
        names = [file.filename for file in files]
        known = self.filecatalog.read(
            lambda tx: by_name(tx.rows_as(Place, "file_rows", names=names, dataset=self.dataset))
        )
        stale = [one for file in files if (one := self._stale(file, known.get(file.filename, ()))) is not None]
        measured = [(one, now) for one in stale if (now := self.measure(one.file)) is not None]
        judged = {now.filename: now for now in self.judge([now for one, now in measured if not one.has(now)])}
        found = [(one, judged.get(now.filename, now)) for one, now in measured]
        return len(found) if dry_run or not found else self.filecatalog.write(lambda tx: self._write(tx, found))

    def _write(self, tx: Transaction, found: Sequence[tuple[_Stale, OutputFile]]) -> int:
        """Write the rows of files that are as they were measured; returns their number."""
        names = [now.filename for _, now in found]
        known = by_name(tx.rows_as(Place, "locked_file_rows", names=names, dataset=self.dataset))
        still = [(one, now) for one, now in found if one.row in known.get(now.filename, ()) and _is_as_measured(now)]
        rows = [self._row(one, now) for one, now in still]
        tx.run("refresh_files", rows=rows)
        tx.run("refresh_sizes", rows=rows)
        if gone := [row._asdict() for one, _ in still for row in one.gone]:
            tx.run("drop_places", rows=gone)
        return len(still)

    def _stale(self, file: OutputFile, rows: Sequence[Place]) -> _Stale | None:
        """The file with its old rows; None if its row is right, or if the catalog knows the file at another place."""
        host = self.site.file_host_of(file.path)
        here = next((row for row in rows if (row.host, row.path) == (host, file.path)), None)
        gone = tuple(row for row in rows if row != here and (row.path == file.path or is_gone(self.site, row)))
        row = here or next(iter(gone), None)
        if row is None:
            return None
        try:
            now = os.lstat(file.path)
        except OSError:
            return None
        same_time = row.time == self.site.catalog_clock.hands(int(now.st_mtime)) or not self.with_md5
        same = row.size == now.st_size and same_time and row.status != 0
        return None if here and same and not gone else _Stale(file, row, gone)

    def _row(self, one: _Stale, now: OutputFile) -> dict[str, object]:
        """The row of a file as it is now; the number of events stays that of the catalog if the content is the same."""
        same = one.same(now)
        return {
            "filename": now.filename,
            "host": self.site.file_host_of(now.path),
            "path": now.path,
            "time": self.site.catalog_clock.hands(now.mtime),
            "size": now.size,
            "md5": one.row.md5 if same else now.md5,
            "events": now.events,
            "same": int(same and now.events is None),
            "known": int(one.has(now)),
            "status": now.status,
        }


def _is_as_measured(file: OutputFile) -> bool:
    """True if size and time of a file are those that were measured."""
    try:
        now = os.lstat(file.path)
    except OSError:
        return False
    return (now.st_size, int(now.st_mtime)) == (file.size, file.mtime)
