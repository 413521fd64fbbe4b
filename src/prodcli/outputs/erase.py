"""Erase outputs: jobs, files, catalog rows and rows of the books, in an order that survives a crash.

The action is written first; while it is open nobody else claims these outputs. Live jobs are removed and waited for,
before any file is deleted that they could write again. Then go files, then catalog rows, then the books. The same
command goes on with the rest after a crash; reconcile closes the action of a dead process, and says how far it came.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from prodcli.batch import Batch
from prodcli.books import actions
from prodcli.books.actions import Action, Author
from prodcli.books.claims import Books, Seen
from prodcli.books.queue_presence import IN_QUEUE, Gone, ask_for
from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.schema import require_current
from prodcli.errors import BatchError, PartlyDone, ProdError
from prodcli.fault_points import reached
from prodcli.outputs.inventory import Erasable, Finder, FoundFile, Output, Wanted
from prodcli.outputs.safe_files import delete
from prodcli.progress import Progress, silent
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.recovery.recovery import Recovery
from prodcli.verbs import Verb

log = logging.getLogger(__name__)
_FILES = 1_000  # files between two looks whether the action is still ours
_ROWS = 5_000  # rows per statement
_NAMED = 3  # files that a message names
_PAUSE = 1.0  # seconds between two looks for removed jobs


@dataclass(frozen=True)
class Order:
    """What to erase for whom: the verb, the author, and the longest wait for removed jobs, in seconds."""

    verb: Verb
    author: Author
    wait: float
    batch_name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Eraser:
    """Everything that erasing needs from outside; `folder` gets the lists of deleted files."""

    books: Database
    filecatalog: Database
    batch: Batch
    recovery: Recovery
    folder: Path
    progress: Progress = silent

    def refresh(self) -> None:
        """Settle the claims of killed passes, and harvest; raises BatchError if no schedd answers."""
        require_current(self.books)
        settle_dead_claims(Books(self.books), self.batch, self.recovery.me)
        self.recovery.refresh()

    def find(self, wanted: Wanted) -> Erasable:
        """The inventory of the outputs to erase."""
        with self.progress("looking for what there is"):
            return Finder(self.books, self.filecatalog).find(wanted)

    def run(self, found: Erasable, wanted: Wanted, order: Order, submit: Callable[[Action], None]) -> Action:
        """Erase the inventory, and `submit` outputs anew while nobody else can claim them."""
        self.live(found.rows)
        action = self._begin(found, order)
        try:
            self._erase(found, wanted, order, action)
            submit(action)
        except ProdError as failure:
            self._close(action, failure.what)
            raise
        self._close(action)
        return action

    def live(self, rows: Sequence[Seen]) -> Gone:
        """The jobs that are in queues.

        Raises BatchError if a schedd is silent, ProdError if a row has no certain answer.
        """
        found = ask_for(self.batch, rows)
        if found.silent:
            raise BatchError(
                "; ".join(found.silent.values()), todo="nothing is deleted; try again when the schedd answers"
            )
        for dbid, why in found.left.items():
            if why != IN_QUEUE:
                count = sum(other == why for other in found.left.values())
                raise ProdError(f"{count} rows, like {dbid}: {why}", todo="nothing is deleted")
        return found

    def _begin(self, found: Erasable, order: Order) -> Action:
        """Write the action; it gets the outputs that no other process is working on."""
        outputs = {name: output.seen for name, output in found.outputs.items()}
        parameters = dict(order.parameters)
        action = actions.intend_outputs(self.books, order.verb, outputs, order.author, parameters, order.batch_name)
        reached("erase.intended")
        return action

    def _erase(self, found: Erasable, wanted: Wanted, order: Order, action: Action) -> None:
        """Erase the outputs of the action; raises ProdError where it stops, with the step that it reached."""
        ours = set(action.outputs)
        outputs = [output for name, output in found.outputs.items() if name in ours]
        self._end_jobs([output.seen for output in outputs if output.seen is not None], order, action)
        files = _files_of(self.find(wanted), ours)  # again, as jobs may have written some until now
        self._delete_files(files, action)
        self._note(action, f"{len(files)} files are deleted")
        self._forget_catalogued(sorted(ours))
        reached("erase.catalogued")
        self._note(action, f"{len(files)} files and the catalog's rows are deleted")
        self._book(outputs, order)
        reached("erase.booked")

    def _close(self, action: Action, trouble: str = "") -> None:
        """Close the action with its outcome."""
        changed = actions.changed(self.books, action)
        actions.close(self.books, action, actions.in_words(action, changed, trouble))
        reached("erase.closed")

    def _note(self, action: Action, how_far: str) -> None:
        actions.progressed(self.books, action, how_far)
        log.info("%s: %s (%s)", action.verb.name, how_far, action.id)

    def _end_jobs(self, rows: Sequence[Seen], order: Order, action: Action) -> None:
        """Remove live jobs, wait until they are gone, and book them as removed."""
        found = self.live(rows)
        if found.queued:
            for schedd in sorted({str(row.schedd) for row in found.queued}):
                ids = [(row.cluster or 0, row.proc or 0) for row in found.queued if row.schedd == schedd]
                self.batch.remove(schedd, ids, f"prodcli {order.verb.name}: {order.author.reason}".rstrip(": "))
            reached("erase.removed")
            self._wait(found.queued, order.wait)
            with suppress(BatchError):  # they are gone; how they ended is a matter of the books only
                self.recovery.harvest()
        self._note(action, f"{len(found.queued)} jobs are removed")

    def _wait(self, rows: Sequence[Seen], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self.progress(f"waiting until {len(rows)} jobs are gone"):
            while left := self.live(rows).queued:
                if time.monotonic() >= deadline:
                    places = ", ".join(f"{row.cluster}.{row.proc}@{row.schedd}" for row in left[:_NAMED])
                    raise PartlyDone(
                        f"{len(left)} removed jobs are still in a queue after {seconds:.0f} s: {places}",
                        todo="nothing is deleted; run the command again when the jobs are gone",
                    )
                time.sleep(_PAUSE)

    def _delete_files(self, files: Sequence[FoundFile], action: Action) -> None:
        failed: list[str] = []
        with self.progress("deleting files", len(files)) as advance:
            for chunk in chunks_of(files, _FILES):
                self._note(action, "deleting files")
                self._write_down(chunk, action)
                for file in chunk:
                    try:
                        delete(file.root, file.path)
                    except OSError as failure:
                        failed.append(f"{file.path}: {failure.strerror}")
                reached("erase.deleted")
                advance(len(chunk))
        if failed:
            named = "; ".join(failed[:_NAMED])
            raise PartlyDone(
                f"{len(failed)} of {len(files)} files cannot be deleted: {named}",
                todo="catalog and books are unchanged; run the command again when the files can be deleted",
            )

    def _write_down(self, files: Sequence[FoundFile], action: Action) -> None:
        """Write the list of files before they are deleted."""
        path = self.folder / f"erased-{action.id}.txt"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open("a") as listing:
                listing.writelines(f"{file.size}\t{file.path}\n" for file in files)
                listing.flush()
                os.fsync(listing.fileno())
        except OSError as failure:
            raise ProdError(
                f"the list of erased files cannot be written: {failure.strerror}", where=str(path)
            ) from None

    def _forget_catalogued(self, names: Sequence[str]) -> None:
        for chunk in chunks_of(names, _ROWS):

            def work(tx: Transaction, chunk: list[str] = chunk) -> None:
                tx.run("delete_files", names=chunk)
                tx.run("delete_datasets", names=chunk)

            self.filecatalog.write(work)

    def _book(self, outputs: Sequence[Output], order: Order) -> None:
        """Rows go, or become failed and removed, to be claimed again; what their attempts were stays."""
        for keep in (False, True):
            rows = [one.seen for one in outputs if one.seen and (order.verb.keeps_rows and not one.downstream) is keep]
            for chunk in chunks_of([{"dbid": row.dbid, "attempt": row.attempt} for row in rows], _ROWS):
                self.books.write(partial(_book, chunk, keep))


def _book(rows: Sequence[dict[str, int]], keep: bool, tx: Transaction) -> None:
    ids = [row["dbid"] for row in rows]
    tx.run("keep_own_attempts", rows=rows)
    tx.run("end_removed", rows=rows)
    if keep:
        tx.run("erase_jobs", rows=rows)
    else:
        tx.run("name_attempts", ids=ids)
        tx.run("delete_jobs", ids=ids, rows=rows)


def _files_of(found: Erasable, ours: set[str]) -> list[FoundFile]:
    """The files of some outputs."""
    return [file for files in found.files.values() for file in files if file.filename in ours]
