"""Erase outputs: jobs, files, catalog rows and rows of the books, in an order that survives a crash.

The action is written first; while it is open nobody else claims these outputs. Live jobs are removed and waited for,
before any file is deleted that they could write again. Then go files, then catalog rows, then the books. The same
command goes on with the rest after a crash; reconcile closes the action of a dead process, and says how far it came.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from prodcli.books import actions
from prodcli.books.actions import Action, Author
from prodcli.books.claims import Books, Seen
from prodcli.books.products import require_same_outputs
from prodcli.books.queue_presence import IN_QUEUE, Gone, ask_for
from prodcli.data_states.finalizing import reopen_erased
from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.schema import require_current
from prodcli.errors import BatchError, PartlyDone, ProdError
from prodcli.fault_points import reached
from prodcli.outputs.erase_preview import ErasePreview
from prodcli.outputs.inventory import Erasable, Finder, FoundFile, Output, Wanted
from prodcli.outputs.safe_files import delete
from prodcli.reconcile.settle_claims import settle_dead_claims
from prodcli.recovery.recovery import Recovery
from prodcli.rules.layout import Layout
from prodcli.verbs import ERASE, Verb

log = logging.getLogger(__name__)
_FILES = 1_000  # files between two looks whether the action is still ours
_ROWS = 5_000  # rows per statement
_NAMED = 3  # files that a message names
_PAUSE = 1.0  # seconds between two looks for removed jobs


@dataclass(frozen=True)
class ErasePlan:
    """The plan of an erasure: the found outputs, and their jobs that are in queues."""

    verb: Verb
    wanted: Wanted
    found: Erasable
    live: Sequence[Seen]

    @property
    def preview(self) -> ErasePreview:
        """The preview for the question."""
        return ErasePreview(self.found, len(self.live))

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the action in the books."""
        rule, wanted = self.wanted.rule, self.wanted
        flags = {
            "keep_files": not wanted.files,
            "logs": wanted.logs,
            "histograms": wanted.histograms,
            "downstream": wanted.downstream,
        }
        about = {"rule": rule.name, "tag": rule.outtriplet, "runs": str(wanted.runs)}
        return about | {name: True for name, said in flags.items() if said}


@dataclass(frozen=True)
class EraseOutcome:
    """The outcome of an erasure: the closed action with its outputs, and the file that lists deleted files."""

    action: Action
    listing: Path


@dataclass(frozen=True)
class Eraser:
    """A verb that erases, as a service: plan, preview, act. It waits `wait` seconds for removed jobs to leave."""

    recovery: Recovery
    filecatalog: Database
    wait: float
    verb: Verb = ERASE

    @property
    def books(self) -> Database:
        """The production database."""
        return self.recovery.database

    def plan(self, wanted: Wanted, as_booked: bool = False) -> ErasePlan:
        """The inventory to erase; with `as_booked` the books are taken as they are.

        Raises BatchError if a schedd is silent, ProdError if a row has no certain answer whether its job is in a queue,
        RuleError if segments are chosen, and jobs make another number of outputs than the rule says.
        """
        require_current(self.books)
        if wanted.segments is not None:  # whole runs have all files of their jobs, whatever their number
            self.books.read(lambda tx: require_same_outputs(tx, wanted.rule))
        if not as_booked:
            settle_dead_claims(Books(self.books), self.recovery.batch, self.recovery.me)
            self.recovery.refresh()
        found = self._find(wanted)
        return ErasePlan(self.verb, wanted, found, self._live(found.rows).queued)

    def act(self, plan: ErasePlan, author: Author) -> EraseOutcome:
        """Erase the plan; raises ProdError where it stops, with the step that it reached."""
        with self.erased(plan, author) as action:
            return EraseOutcome(action, self._listing(plan, action))

    @contextmanager
    def erased(self, plan: ErasePlan, author: Author) -> Iterator[Action]:
        """Erase the plan; until the end nobody else can claim the outputs. Raises ProdError where it stops."""
        self._live(plan.found.rows)
        action = self._begin(plan, author)
        try:
            self._erase(plan, author, action)
            yield action
        except ProdError as failure:
            self._close(action, failure.what)
            raise
        self._close(action)

    def _find(self, wanted: Wanted) -> Erasable:
        with self.recovery.progress("looking for what there is"):
            return Finder(self.books, self.filecatalog).find(wanted)

    def _live(self, rows: Sequence[Seen]) -> Gone:
        """The jobs that are in queues.

        Raises BatchError if a schedd is silent, ProdError if a row has no certain answer.
        """
        found = ask_for(self.recovery.batch, rows)
        if found.silent:
            raise BatchError(
                "; ".join(found.silent.values()), todo="nothing is deleted; try again when the schedd answers"
            )
        for dbid, why in found.left.items():
            if why != IN_QUEUE:
                count = sum(other == why for other in found.left.values())
                raise ProdError(f"{count} rows, like {dbid}: {why}", todo="nothing is deleted")
        return found

    def _begin(self, plan: ErasePlan, author: Author) -> Action:
        """Write the action; it gets the outputs that no other process is working on."""
        outputs = {name: output.seen for name, output in plan.found.outputs.items()}
        batch_name = Layout(plan.wanted.rule).batch_name
        action = actions.intend_outputs(self.books, plan.verb, outputs, author, plan.parameters, batch_name)
        reached("erase.intended")
        return action

    def _erase(self, plan: ErasePlan, author: Author, action: Action) -> None:
        """Erase the outputs of the action; raises ProdError where it stops, with the step that it reached."""
        ours = set(action.outputs)
        outputs = [output for name, output in plan.found.outputs.items() if name in ours]
        self._end_jobs([output.seen for output in outputs if output.seen is not None], author, action)
        files = _files_of(self._find(plan.wanted), ours)  # again, as jobs may have written some until now
        self._delete_files(files, action, self._listing(plan, action))
        self._note(action, f"{len(files)} files are deleted")
        self._forget_catalogued(sorted(ours | {PurePath(file.path).name for file in files}))
        reached("erase.catalogued")
        self._note(action, f"{len(files)} files and the catalog's rows are deleted")
        if not self.verb.leaves_books:
            self._book(outputs, author.account)
        reached("erase.booked")

    def _listing(self, plan: ErasePlan, action: Action) -> Path:
        """The file that has the names of the files which an action deletes."""
        rule = plan.wanted.rule
        return self.recovery.campaigns / rule.name / rule.outtriplet / f"erased-{action.id}.txt"

    def _close(self, action: Action, trouble: str = "") -> None:
        """Close the action with its outcome."""
        changed = actions.changed(self.books, action)
        actions.close(self.books, action, actions.in_words(action, changed, trouble))
        reached("erase.closed")

    def _note(self, action: Action, how_far: str) -> None:
        actions.progressed(self.books, action, how_far)
        log.info("%s: %s (%s)", action.verb.name, how_far, action.id)

    def _end_jobs(self, rows: Sequence[Seen], author: Author, action: Action) -> None:
        """Remove live jobs, wait until they are gone, and book them as removed."""
        found = self._live(rows)
        if found.queued:
            for schedd in sorted({str(row.schedd) for row in found.queued}):
                ids = [(row.cluster or 0, row.proc or 0) for row in found.queued if row.schedd == schedd]
                self.recovery.batch.remove(schedd, ids, f"prodcli {self.verb.name}: {author.reason}".rstrip(": "))
            reached("erase.removed")
            self._wait(found.queued, self.wait)
            with suppress(BatchError):  # they are gone; how they ended is a matter of the books only
                self.recovery.harvest()
        self._note(action, f"{len(found.queued)} jobs are removed")

    def _wait(self, rows: Sequence[Seen], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self.recovery.progress(f"waiting until {len(rows)} jobs are gone"):
            while left := self._live(rows).queued:
                if time.monotonic() >= deadline:
                    places = ", ".join(f"{row.cluster}.{row.proc}@{row.schedd}" for row in left[:_NAMED])
                    raise PartlyDone(
                        f"{len(left)} removed jobs are still in a queue after {seconds:.0f} s: {places}",
                        todo="nothing is deleted; run the command again when the jobs are gone",
                    )
                time.sleep(_PAUSE)

    def _delete_files(self, files: Sequence[FoundFile], action: Action, listing: Path) -> None:
        failed: list[str] = []
        with self.recovery.progress("deleting files", len(files)) as advance:
            for chunk in chunks_of(files, _FILES):
                self._note(action, "deleting files")
                _write_down(chunk, listing)
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

    def _forget_catalogued(self, names: Sequence[str]) -> None:
        for chunk in chunks_of(names, _ROWS):

            def work(tx: Transaction, chunk: list[str] = chunk) -> None:
                tx.run("delete_files", names=chunk)
                tx.run("delete_datasets", names=chunk)

            self.filecatalog.write(work)

    def _book(self, outputs: Sequence[Output], author: str) -> None:
        """Delete rows, or make them failed and removed, to be claimed again; their attempts stay."""
        for keep in (False, True):
            rows = [one.seen for one in outputs if one.seen and (self.verb.keeps_rows and not one.downstream) is keep]
            for chunk in chunks_of([{"dbid": row.dbid, "attempt": row.attempt} for row in rows], _ROWS):
                self.books.write(partial(_book, chunk, keep, author))


def _book(rows: Sequence[dict[str, int]], keep: bool, author: str, tx: Transaction) -> None:
    ids = [row["dbid"] for row in rows]
    reopen_erased(tx, ids, author)
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


def _write_down(files: Sequence[FoundFile], path: Path) -> None:
    """Write the list of files before they are deleted."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as listing:
            listing.writelines(f"{file.size}\t{file.path}\n" for file in files)
            listing.flush()
            os.fsync(listing.fileno())
    except OSError as failure:
        raise ProdError(f"the list of erased files cannot be written: {failure.strerror}", where=str(path)) from None
