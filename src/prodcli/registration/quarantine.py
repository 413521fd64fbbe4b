"""Quarantine: outputs far outside of what is registered of their dsttype, until a person decides.

Such a file is registered with the status -1, which no later step takes for a file on disk. The books have the reason, and
what was decided for this very content: a released file is not judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from prodcli.db import Database, Transaction
from prodcli.registration.production import Production
from prodcli.registration.spread import Amount, Content, Norm, norm_of

QUARANTINED = -1  # a status
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

    def odd(self, contents: Iterable[Content]) -> dict[str, str]:
        """Why outputs are far outside of what is usual, by file name; the checksum plays no part."""
        if not self.production.site.quarantine.minimum:
            return {}
        return {one.filename: why for one in contents if (why := self._reason(one))}

    def reasons(self, contents: Sequence[Content]) -> dict[str, str]:
        """The reasons for outputs that belong into quarantine, by file name; released ones do not."""
        found = self.odd(contents)
        if not found:
            return {}
        rows = [{"filename": one.filename, "md5": one.md5} for one in contents if one.filename in found]
        dataset = self.production.dataset
        released = self.books.read(lambda tx: set(tx.column("released_files", rows=rows, dataset=dataset)))
        return {name: why for name, why in found.items() if name not in released}

    def note(self, contents: Iterable[Content], reasons: Mapping[str, str]) -> None:
        """Write outputs and reasons into the books, but those that are there."""
        rows = [one._asdict() | {"reason": reasons[one.filename]} for one in contents]
        fixed = {"dataset": self.production.dataset, "tag": self.production.tag}
        self.books.write(lambda tx: tx.run("note_quarantine", rows=rows, **fixed))

    def _reason(self, content: Content) -> str:
        dsttype = content.dsttype
        if dsttype not in self._norms:
            self._norms[dsttype] = norm_of(self._registered(dsttype), self.production.site.quarantine)
        return self._norms[dsttype].reason(content.amount)

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
