"""What the cursor verbs do: set, advance, ratchet and import, each previewed as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from prodcli.cursors import positions
from prodcli.cursors.field_cursors import FieldCursor, run_of
from prodcli.cursors.places import passed_over
from prodcli.cursors.positions import Cursor, CursorMove, Moves
from prodcli.cursors.words import runs_from
from prodcli.errors import UsageError
from prodcli.names import did_you_mean
from prodcli.rules.model import Product, Rule

if TYPE_CHECKING:
    from prodcli.cursors.follow import Follower
    from prodcli.db import Database
    from prodcli.planning.plan import Plan
    from prodcli.runs.selection import RunSelection

Known = Mapping[Product, Cursor]
PlanOf = Callable[[Rule, "RunSelection"], "Plan"]


@dataclass(frozen=True)
class CursorMoves:
    """Moves cursors of rules in the books, or with `dry_run` only says where they would go."""

    books: Database
    author: str
    dry_run: bool = False

    def set(self, rule: Rule, run: int, moves: Moves | None, why: str) -> CursorMove:
        """Set a cursor; without `moves` it keeps how passes move it, and a new one stays. Raises DatabaseError."""
        before = positions.cursors(self.books).get(rule.product)
        how = moves or (before.moves if before else Moves.STAY)
        after = Cursor(rule.product, run, how, why, self.author)
        moved = CursorMove(rule, before, after, why)
        if moved.changed and not self.dry_run:
            positions.put(self.books, after)
        return moved

    def advance(self, rules: Sequence[Rule], follower: Follower, plan_of: PlanOf) -> Iterator[CursorMove]:
        """Move cursors to the first run with work left; `rules` have parents first. Raises ProdError."""
        moved: dict[Product, int] = {}
        for rule, before in self._with_cursor(rules):
            plan = plan_of(rule, runs_from(before.run, None, rule))
            place = replace(follower, moved=moved).place(rule, plan, before.run)
            passed = tuple(passed_over(plan, place.run))
            one = CursorMove(rule, before, self._there(before, place.run, place.why), place.why, passed)
            moved[rule.product] = place.run
            yield self._done(one, partial(positions.move, seen=before.run))

    def ratchet(self, rules: Sequence[Rule], run: int | None) -> Iterator[CursorMove]:
        """Move cursors on to a run, else to the last run with a job in the books; never back. Raises DatabaseError."""
        for rule, before in self._with_cursor(rules):
            last = run if run is not None else positions.last_booked_run(self.books, rule.product)
            if last is None or last <= before.run:
                why = "it has no jobs" if last is None else f"it never goes back to run {last}"
                yield CursorMove(rule, before, before, why if last != before.run else "it stands there")
                continue
            why = "a person moved it on" if run is not None else "the last submitted run"
            one = CursorMove(rule, before, self._there(before, last, why), why)
            yield self._done(one, positions.ratchet)

    def take_over(self, rules: Iterable[Rule], rows: list[FieldCursor], moves: Moves) -> Iterator[CursorMove]:
        """Set the cursors that another tool has and the books do not; raises DatabaseError."""
        known = positions.cursors(self.books)
        for rule in rules:
            run, before = run_of(rule, rows), known.get(rule.product)
            if run is None or before is not None:
                why = (
                    "production_cursor has no row" if run is None else f"it is there already; production_cursor: {run}"
                )
                yield CursorMove(rule, before, before, why)
                continue
            why = "from production_cursor"
            one = CursorMove(rule, None, Cursor(rule.product, run, moves, why, self.author), why)
            yield self._done(one, positions.add)

    def _with_cursor(self, rules: Sequence[Rule]) -> list[tuple[Rule, Cursor]]:
        """The rules that have a cursor; raises UsageError if none has."""
        known = positions.cursors(self.books)
        found = [(rule, known[rule.product]) for rule in rules if rule.product in known]
        if not found:
            raise no_cursor(rules)
        return found

    def _there(self, cursor: Cursor, run: int, why: str) -> Cursor:
        return replace(cursor, run=run, reason=why, author=self.author)

    def _done(self, move: CursorMove, act: Callable[[Database, Cursor], bool]) -> CursorMove:
        """The move after it is written; one that came too late is none."""
        if self.dry_run or not move.changed or move.after is None or act(self.books, move.after):
            return move
        return replace(move, after=move.before, why="somebody moved it meanwhile", passed=())


def no_cursor(rules: Sequence[Rule]) -> UsageError:
    """The error for rules without a cursor."""
    products = ", ".join(str(rule.product) for rule in rules[:3])
    return UsageError(
        f"there is no cursor of {products}{' ...' if len(rules) > 3 else ''}",
        todo="prodcli cursor set RUN -c FILE -r RULE makes one",
    )


def run_of_tag(known: Known, rule: Rule, tag: str) -> int:
    """Where the cursor of the same dsttype and dataset with another tag stands; raises UsageError if there is none."""
    own = rule.product
    alike = {
        one.tag: cursor.run
        for one, cursor in known.items()
        if (one.dsttype, *_dataset(one)) == (own.dsttype, *_dataset(own))
    }
    if tag not in alike:
        raise UsageError(
            f"no cursor of {own.dsttype} has the tag {tag!r:.80}{did_you_mean(tag, alike, 'there are')}",
            where="--from-tag",
        )
    return alike[tag]


def _dataset(product: Product) -> tuple[str, ...]:
    """The dataset; older tools write the tag into its place."""
    return () if product.dataset == product.tag else (product.dataset,)
