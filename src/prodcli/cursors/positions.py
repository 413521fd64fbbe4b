"""Cursors in the books: for each product the run from which on there is work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from prodcli.rules.model import Product, Rule

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction


class Moves(StrEnum):
    """How the passes of a rule move its cursor: not at all, to the first run with work left, or on to the last submitted run."""

    STAY = "stay"
    FOLLOW = "follow"
    RATCHET = "ratchet"


@dataclass(frozen=True)
class Cursor:
    """The cursor of a product: it stands at `run`. `moved` is in seconds since 1970."""

    product: Product
    run: int
    moves: Moves = Moves.STAY
    reason: str = ""
    author: str = ""
    moved: int = 0


@dataclass(frozen=True)
class CursorMove:
    """A cursor before and after; None where there is none. `passed` are runs without outputs that it leaves behind."""

    rule: Rule
    before: Cursor | None
    after: Cursor | None
    why: str
    passed: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """True if the cursor stands elsewhere, or passes move it in another way."""
        return _standing(self.before) != _standing(self.after)

    def __str__(self) -> str:
        """`69600 -> 69714 (blocked: 3 outputs)`, and how passes move it if that changed."""
        before, after = self.before, self.after
        words = f"{before.run if before else 'none'} -> {after.run if after else 'none'}"
        how = f", moves: {after.moves}" if after and (before is None or before.moves is not after.moves) else ""
        return f"{words}{how}{f' ({self.why})' if self.why else ''}"


def _standing(cursor: Cursor | None) -> tuple[int, Moves] | None:
    return None if cursor is None else (cursor.run, cursor.moves)


def cursors(books: Database) -> dict[Product, Cursor]:
    """All cursors; none in books without a table of cursors. Raises DatabaseError."""

    def work(tx: Transaction) -> list[Cursor]:
        there = tx.one("has_table", table_name="production_cursors") is not None
        return list(tx.rows_as(_cursor, "all_cursors")) if there else []

    return {one.product: one for one in books.read(work)}


def _cursor(dsttype: str, dataset: str, tag: str, run: int, moves: str, reason: str, author: str, moved: int) -> Cursor:
    return Cursor(Product(dsttype, dataset, tag), run, Moves(moves), reason, author, moved)


def put(books: Database, cursor: Cursor) -> None:
    """Set a cursor, wherever it stood; raises DatabaseError."""
    books.write(lambda tx: tx.run("set_cursor", **_values(cursor)))


def add(books: Database, cursor: Cursor) -> bool:
    """Set a cursor that there is not yet; False, with nothing changed, for one that there is. Raises DatabaseError."""
    return books.write(lambda tx: tx.run("add_cursor", **_values(cursor))) == 1


def ratchet(books: Database, cursor: Cursor) -> bool:
    """Move a cursor on to its run; False if it stands there or further. Raises DatabaseError."""
    return books.write(lambda tx: tx.run("ratchet_cursor", **_values(cursor))) == 1


def move(books: Database, cursor: Cursor, seen: int) -> bool:
    """Move a cursor that was seen at a run; False if somebody has moved it since. Raises DatabaseError."""
    return books.write(lambda tx: tx.run("move_cursor", seen=seen, **_values(cursor))) == 1


def last_booked_run(books: Database, product: Product) -> int | None:
    """The last run of a product that has a job in the books; raises DatabaseError."""
    found: int | None = books.read(lambda tx: tx.value("last_booked_run", **asdict(product)))
    return found


def _values(cursor: Cursor) -> dict[str, object]:
    about = {"run": cursor.run, "moves": cursor.moves.value, "reason": cursor.reason, "author": cursor.author}
    return {**asdict(cursor.product), **about}
