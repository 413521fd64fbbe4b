"""Named productions in the books: their folders, what their rules make, and which of them are stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.errors import ProdError
from prodcli.rules.model import Product

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction
    from prodcli.rules.model import Rule

_TABLE = "production_productions"


class ProductionState(StrEnum):
    """Whether passes may submit jobs of a production."""

    OPEN = "open"
    STOPPED = "stopped"


class ProductionStopped(ProdError):
    """A production is stopped: nobody submits jobs of its rules."""


@dataclass(frozen=True)
class ProductionRule:
    """A rule of a production, as it was last read."""

    rule: str
    config: str
    product: Product


@dataclass(frozen=True)
class BookedProduction:
    """A production, with its state as a ProductionState writes it; times are in seconds since 1970."""

    name: str
    folder: str
    state: str
    reason: str
    author: str
    made: int
    changed: int
    rules: tuple[ProductionRule, ...] = ()

    @property
    def is_tag(self) -> bool:
        """True for a tag that was aborted: a stop without files."""
        return not self.folder


class _Stopped(NamedTuple):
    """A stopped production."""

    name: str
    author: str
    reason: str
    changed: int

    @property
    def words(self) -> str:
        """`production calo_v001 is stopped by anna: new field map`."""
        return f"production {self.name} is stopped by {self.author}{f': {self.reason}' if self.reason else ''}"


def productions(books: Database) -> dict[str, BookedProduction]:
    """All productions by name; none in books without a table of productions. Raises DatabaseError."""

    def work(tx: Transaction) -> dict[str, BookedProduction]:
        if tx.one("has_table", table_name=_TABLE) is None:
            return {}
        rules: dict[str, list[ProductionRule]] = {}
        for name, one in tx.rows_as(_rule, "rules_of_productions"):
            rules.setdefault(name, []).append(one)
        return {
            one.name: replace(one, rules=tuple(rules.get(one.name, ())))
            for one in tx.rows_as(_production, "all_productions")
        }

    return books.read(work)


def _production(**row: Any) -> BookedProduction:
    return BookedProduction(**row)


def _rule(production: str, rule: str, config: str, dsttype: str, dataset: str, tag: str) -> tuple[str, ProductionRule]:
    return production, ProductionRule(rule, config, Product(dsttype, dataset, tag))


def add(books: Database, name: str, folder: str, rules: Iterable[Rule], author: str) -> bool:
    """Write a new production; False, with nothing changed, if there is one of this name. Raises DatabaseError."""
    rows = _rows(rules)

    def work(tx: Transaction) -> bool:
        if not tx.run("add_production", name=name, folder=folder, reason="", author=author):
            return False
        _write_rules(tx, name, rows)
        return True

    return books.write(work)


def stop(books: Database, name: str, rules: Iterable[Rule], reason: str, author: str) -> None:
    """Stop a production, with the rules that its files have now beside those that are known; raises DatabaseError."""
    rows, values = _rows(rules), {"state": ProductionState.STOPPED.value, "reason": reason, "author": author}

    def work(tx: Transaction) -> None:
        _write_rules(tx, name, rows)
        tx.run("set_production", name=name, **values)

    books.write(work)


def stop_tag(books: Database, tag: str, reason: str, author: str) -> None:
    """Stop every rule of a tag, known or not, as a production with the name of the tag; raises DatabaseError."""
    values = {"name": tag, "reason": reason, "author": author}

    def work(tx: Transaction) -> None:
        tx.run("add_production", folder="", **values)
        _write_rules(tx, tag, [{"rule": "", "config": "", "dsttype": "", "dataset": "", "tag": tag}])
        tx.run("set_production", state=ProductionState.STOPPED.value, **values)

    books.write(work)


def resume(books: Database, name: str, author: str) -> None:
    """Let passes submit jobs of a production again; raises DatabaseError."""
    values = {"state": ProductionState.OPEN.value, "reason": "", "author": author}
    books.write(lambda tx: tx.run("set_production", name=name, **values))


def forget(books: Database, name: str) -> None:
    """Delete a production from the books; raises DatabaseError."""

    def work(tx: Transaction) -> None:
        tx.run("forget_groups", name=name)
        tx.run("forget_step_inputs", name=name)
        tx.run("forget_steps", name=name)
        tx.run("forget_rules_of_production", name=name)
        tx.run("forget_production", name=name)

    books.write(work)


def stopped(books: Database, product: Product) -> str:
    """Why jobs of a product must not be submitted: its production is stopped. Empty if they may. Raises DatabaseError."""
    found = _stopped_of(books, product)
    return found.words if found else ""


def require_open(books: Database, product: Product) -> None:
    """Raise ProductionStopped if the production of a product is stopped."""
    found = _stopped_of(books, product)
    if found:
        raise ProductionStopped(found.words, todo=f"prodcli production resume {found.name}")


def _stopped_of(books: Database, product: Product) -> _Stopped | None:
    """The first stopped production that makes a product; None in books without a table of productions."""

    def work(tx: Transaction) -> _Stopped | None:
        there = tx.one("has_table", table_name=_TABLE) is not None
        return next(tx.rows_as(_Stopped, "stopped_productions_of", **asdict(product)), None) if there else None

    return books.read(work)


def _rows(rules: Iterable[Rule]) -> list[dict[str, str]]:
    return [{"rule": one.name, "config": one.file, **asdict(one.product)} for one in rules]


def _write_rules(tx: Transaction, name: str, rows: list[dict[str, str]]) -> None:
    if rows:
        tx.run("add_rules_of_production", name=name, rules=rows)
