"""Notes of people in the books that plans obey: masked hosts, and invalid runs and segments.

Notes are few. A pass reads them once, from the master; they expire by the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.books.expiry import Until, expiry
from prodcli.exclusions.invalid_runs import Invalid
from prodcli.exclusions.masks import Mask

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction


@dataclass(frozen=True)
class Exclusions:
    """The masked hosts, and the invalid runs and segments, that a plan leaves out."""

    masks: tuple[Mask, ...] = ()
    invalid: tuple[Invalid, ...] = ()


NOTHING = Exclusions()


class NoteKind(StrEnum):
    """The kind of a note."""

    MASKS = "masks"
    INVALID = "invalid_runs"

    @property
    def called(self) -> str:
        """The word for one note."""
        return "mask" if self is NoteKind.MASKS else "mark of invalid runs"


@dataclass(frozen=True, slots=True)
class _Queries:
    """The queries of a kind of notes."""

    read: str
    add: str
    remove: str


_QUERIES: Mapping[NoteKind, _Queries] = MappingProxyType(
    {
        NoteKind.MASKS: _Queries("noted_masks", "add_masks", "remove_masks"),
        NoteKind.INVALID: _Queries("noted_invalid_runs", "add_invalid_runs", "remove_invalid_runs"),
    }
)


class _NoteRow(NamedTuple):
    """A row of either kind of notes."""

    id: int
    hosts: str | None
    first_run: int
    last_run: int
    first_segment: int | None
    last_segment: Any  # with the first one
    dsttype: str
    reason: str
    author: str
    added: int
    expires: int | None
    expired: int


@dataclass(frozen=True, slots=True)
class Note:
    """A note and its author; times in seconds since 1970, `expires` None for never."""

    what: Mask | Invalid
    author: str
    added: int
    expires: int | None
    expired: bool


def active(database: Database) -> Exclusions:
    """The notes that apply now; nothing in books without the tables of notes."""

    def work(tx: Transaction) -> Exclusions:
        if tx.one("has_table", table_name="production_invalid_runs") is None:
            return NOTHING
        masks, invalid = (
            tuple(_note(row).what for row in tx.rows_as(_NoteRow, _QUERIES[kind].read, every=0)) for kind in NoteKind
        )
        return Exclusions(
            tuple(mask for mask in masks if isinstance(mask, Mask)),
            tuple(one for one in invalid if isinstance(one, Invalid)),
        )

    return database.read(work)


def notes(database: Database, kind: NoteKind, every: bool = False) -> list[Note]:
    """The notes of a kind, oldest first; with `every` also expired notes."""
    return database.read(lambda tx: [_note(row) for row in tx.rows_as(_NoteRow, _QUERIES[kind].read, every=int(every))])


def add(
    database: Database, kind: NoteKind, things: Sequence[Mask | Invalid], author: str, until: Until | None = None
) -> list[Note]:
    """Add notes in one statement, and return them; an identical note is not added again.

    Raises UsageError for a past time of expiry.
    """
    expires = expiry(database, until or Until())
    rows = [_row(thing) for thing in things]
    database.write(lambda tx: tx.run(_QUERIES[kind].add, rows=rows, author=author, expires=expires))
    wanted = {replace(thing, id=0) for thing in things}
    return [note for note in notes(database, kind) if replace(note.what, id=0) in wanted and note.expires == expires]


def remove(database: Database, kind: NoteKind, ids: Sequence[int]) -> int:
    """Delete notes; returns their number."""
    return database.write(lambda tx: tx.run(_QUERIES[kind].remove, ids=list(ids)))


def _row(thing: Mask | Invalid) -> dict[str, object]:
    first, last = thing.segments or (None, None) if isinstance(thing, Invalid) else (None, None)
    return {
        "hosts": ",".join(thing.hosts) if isinstance(thing, Mask) else "",
        "first_run": thing.runs[0],
        "last_run": thing.runs[1],
        "first_segment": first,
        "last_segment": last,
        "dsttype": thing.dsttype,
        "reason": thing.reason,
    }


def _note(row: _NoteRow) -> Note:
    """A note from a row of either kind: an invalid range has no hosts, a mask no segments."""
    runs = (row.first_run, row.last_run)
    what: Mask | Invalid
    if row.hosts is not None:
        what = Mask(tuple(row.hosts.split(",")), runs, row.dsttype, row.id, row.reason)
    else:
        segments = None if row.first_segment is None else (row.first_segment, row.last_segment)
        what = Invalid(runs, segments, row.dsttype, row.id, row.reason)
    return Note(what, row.author, row.added, row.expires, bool(row.expired))
