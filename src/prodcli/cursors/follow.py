"""Move cursors: to the first run with work left, on to the last submitted run, or as they themselves say after a pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from prodcli.chains.chain import products_read
from prodcli.cursors.places import Place, first_left, last_submitted
from prodcli.cursors.positions import Cursor, CursorMove, Moves, cursors, move, ratchet
from prodcli.cursors.words import names_cursor, runs_from, window_of
from prodcli.rules.model import Product, Rule

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.planning.plan import Plan

_FRESH = 86_400  # seconds before the newest end of a run in which runs may still get inputs


@dataclass(frozen=True)
class Follower:
    """What decides where cursors belong: the books, and the daq database for the newest runs.

    `moved` are cursors that are meant to stand elsewhere than in the books.
    """

    books: Database
    daq: Database
    moved: Mapping[Product, int] = field(default_factory=dict)

    def place(self, rule: Rule, plan: Plan, at: int) -> Place:
        """The first run with work left, or whose inputs are still made; raises DatabaseError."""
        parents = products_read(rule)
        known = {one: cursor.run for one, cursor in cursors(self.books).items()} | dict(self.moved)
        waiting = [Place(known[one], f"the cursor of {one} stands there") for one in parents if one in known]
        running = [
            Place(run, "it has jobs in the queues" if one == rule.product else f"{one} has jobs in the queues")
            for one, run in first_live_runs(self.books, (rule.product, *parents)).items()
        ]
        return first_left(plan, at, (*waiting, *running), None if rule.generated else self._fresh())

    def _fresh(self) -> int | None:
        return min(self.daq.read(lambda tx: list(tx.column("new_runs", window=_FRESH))), default=None)


def first_live_runs(books: Database, products: tuple[Product, ...]) -> dict[Product, int]:
    """The first run of each product with a job in a queue; raises DatabaseError."""
    rows = [{"number": number, **asdict(one)} for number, one in enumerate(products)]
    found = books.read(lambda tx: list(tx.rows("first_live_runs", products=rows)))
    return {products[number]: run for number, run in found}


def move_after_pass(
    follower: Follower, rule: Rule, plan: Plan, words: Sequence[str] | None, author: str
) -> CursorMove | None:
    """Move the cursor of a rule as the cursor says, after a pass over the runs from it on; None if it stays.

    `plan` is that of the pass, with the jobs that were submitted, and `words` are those of its runs. A pass that left
    runs or segments out, and one whose cursor somebody else has moved, moves nothing. Raises DatabaseError.
    """
    cursor = cursors(follower.books).get(rule.product) if names_cursor(words) else None
    if cursor is None or runs_from(cursor.run, window_of(words or ()), rule) != plan.selection:
        return None
    place = _place_after_pass(follower, rule, plan, cursor)
    if place is None or place.run == cursor.run:
        return None
    there = replace(cursor, run=place.run, reason=place.why, author=author)
    follows = cursor.moves is Moves.FOLLOW
    done = move(follower.books, there, cursor.run) if follows else ratchet(follower.books, there)
    return CursorMove(rule, cursor, there, place.why) if done else None


def _place_after_pass(follower: Follower, rule: Rule, plan: Plan, cursor: Cursor) -> Place | None:
    if cursor.moves is Moves.FOLLOW:
        return follower.place(rule, plan, cursor.run)
    last = last_submitted(plan) if cursor.moves is Moves.RATCHET else None
    return None if last is None else Place(last, "the last submitted run")
