"""Quarantine: outputs far outside of what is registered of their dsttype, until a person decides.

Such a file is registered with the status -1, which no later step takes for a file on disk. The books have the reason, and
what was decided for this very content: a released file is not judged again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from prodcli.db import Database, Transaction
from prodcli.registration.production import Production
from prodcli.registration.spread import Amount, Norm, norm_of
from prodcli.registration.staged_on_disk import Output

_SAMPLE = 1_000  # registered files of a dsttype that say what is usual


class Decision(StrEnum):
    """What a person decided."""

    RELEASED = "released"
    REJECTED = "rejected"


class Entry(NamedTuple):
    """A file in quarantine: its output, content, the reason, and the decision; times in seconds since 1970."""

    filename: str
    dataset: str
    tag: str
    dsttype: str
    run: int
    segment: int
    size: int
    events: int
    md5: str
    reason: str
    added: int
    state: str
    author: str
    remark: str
    decided: int | None


@dataclass
class Quarantine:
    """Judges outputs of a production by what the file catalog has of their dsttypes, and notes them in the books.

    What is usual of a dsttype is read once.
    """

    production: Production
    filecatalog: Database
    books: Database
    _norms: dict[str, Norm] = field(default_factory=dict)

    def reasons(self, outputs: Sequence[Output]) -> dict[str, str]:
        """The reasons for outputs that belong into quarantine, by file name; released ones do not."""
        if not self.production.site.quarantine.minimum:
            return {}
        found = {one.staged.filename: why for one in outputs if (why := self._reason(one))}
        if not found:
            return {}
        rows = [
            {"filename": one.staged.filename, "md5": one.staged.md5} for one in outputs if one.staged.filename in found
        ]
        dataset = self.production.dataset
        released = self.books.read(lambda tx: set(tx.column("released_files", rows=rows, dataset=dataset)))
        return {name: why for name, why in found.items() if name not in released}

    def note(self, outputs: Sequence[Output], reasons: Mapping[str, str]) -> None:
        """Write outputs and reasons into the books, but those that are there."""
        rows = [output.row | {"reason": reasons[output.staged.filename]} for output in outputs]
        fixed = {"dataset": self.production.dataset, "tag": self.production.tag}
        self.books.write(lambda tx: tx.run("note_quarantine", rows=rows, **fixed))

    def _reason(self, output: Output) -> str:
        dsttype = output.name.dsttype
        if dsttype not in self._norms:
            self._norms[dsttype] = norm_of(self._registered(dsttype), self.production.site.quarantine)
        return self._norms[dsttype].reason(Amount(output.size, output.staged.events))

    def _registered(self, dsttype: str) -> list[Amount]:
        fixed = {"dataset": self.production.dataset, "tag": self.production.tag, "most": _SAMPLE}
        return self.filecatalog.read(
            lambda tx: list(tx.rows_as(Amount, "registered_amounts", dsttype=dsttype, **fixed))
        )


def entries(books: Database, every: bool = False) -> list[Entry]:
    """The files that wait for a decision, oldest first; with `every` also decided ones."""
    return books.read(lambda tx: list(tx.rows_as(Entry, "files_in_quarantine", every=int(every))))


def decide(
    books: Database, filecatalog: Database, chosen: Sequence[Entry], decision: Decision, author: str, remark: str
) -> int:
    """Release or reject files; returns for how many the decision was written.

    A released file gets the status 1 in the file catalog, if the catalog still has this content. To be repeated if interrupted.
    """
    rows = [{"filename": one.filename, "dataset": one.dataset, "md5": one.md5} for one in chosen]
    if decision is Decision.RELEASED:
        filecatalog.write(lambda tx: tx.run("release_files", rows=rows))

    def work(tx: Transaction) -> int:
        return tx.run("decide_quarantine", rows=rows, state=str(decision), author=author, remark=remark)

    return books.write(work)
