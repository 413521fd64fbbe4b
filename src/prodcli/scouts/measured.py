"""Read what scouts needed and made, and the same of an earlier tag."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from prodcli.errors import ProdError, UsageError
from prodcli.scouts.comparison import Comparison, Measured, Verdict
from prodcli.scouts.scout_rule import number_of, scout_of

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction
    from prodcli.rules.model import Product, Rule


def compared(books: Database, rule: Rule, against: str = "") -> Comparison:
    """The newest scouts of a rule beside an earlier tag, by default the newest other one of its dsttype.

    Raises UsageError for a tag without jobs of the dsttype, DatabaseError if the books cannot be read.
    """

    def work(tx: Transaction) -> Comparison:
        scout = scout_of(rule, max(_newest(tx, rule), 1))
        scouts = _measured(tx, scout.product)
        tag = against or str(tx.value("earlier_tag", **asdict(rule.product)) or "")
        earlier = _measured(tx, replace(rule.product, tag=tag)) if tag else Measured()
        return Comparison(rule, scout.outtriplet, scouts, tag, earlier)

    found = books.read(work)
    if against and not found.earlier.jobs:
        raise UsageError(f"no job of {rule.product.dsttype} has the tag {against!r:.80}", where="--against")
    return found


def require_go(found: Comparison) -> None:
    """Raise ProdError unless the scouts say go."""
    if found.verdict is Verdict.GO:
        return
    stops = ", ".join(one.name for one in found.measures if one.verdict is Verdict.STOP)
    why = stops or (f"{found.scouts.jobs} scouts, not all ended" if found.scouts.jobs else "there is none")
    raise ProdError(f"the scouts of {found.rule.name} say {found.verdict}: {why}", todo="prodcli scout shows all")


def next_scout(books: Database, rule: Rule) -> Rule:
    """The rule under the name of its next scouts: each time they have a name of their own. Raises DatabaseError."""
    return books.read(lambda tx: scout_of(rule, _newest(tx, rule) + 1))


def _newest(tx: Transaction, rule: Rule) -> int:
    """The number of the newest scouts of a rule; 0 if there are none."""
    about = {"dsttype": rule.product.dsttype, "dataset": rule.product.dataset}
    return max((number_of(str(tag), rule.outtriplet) for tag in tx.column("scout_tags", **about)), default=0)


def _measured(tx: Transaction, product: Product) -> Measured:
    return next(tx.rows_as(Measured, "measured_jobs", **asdict(product)))
