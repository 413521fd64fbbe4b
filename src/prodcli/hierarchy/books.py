"""The levels of productions in the books: steps, what they read, and groups of runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from prodcli.errors import UsageError
from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.rules.model import Product
from prodcli.runs.run_groups import RunGroup, require_apart
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction

_Key = tuple[str, str]  # production and rule


class _StepRow(NamedTuple):
    """A step of a production."""

    production: str
    rule: str
    config: str
    dsttype: str
    dataset: str
    tag: str
    by_segment: int


class _GroupRow(NamedTuple):
    """Runs of a group."""

    production: str
    rule: str
    name: str
    low: int
    high: int
    author: str


def trees(books: Database) -> dict[str, ProductionTree]:
    """The productions by name, as they were last declared; raises DatabaseError."""
    return books.read(_trees)


def declare(books: Database, tree: ProductionTree, author: str) -> bool:
    """Write a production as its files declare it, in the place of what they declared before; True if it is new.

    Campaigns that nobody knows are registered, not active. Groups that somebody made beside the files stay. Raises UsageError if such a group has a run of a declared one.
    """

    def work(tx: Transaction) -> bool:
        new = bool(tx.run("add_production", name=tree.name, folder=tree.folder, reason="", author=author))
        rows = [{"rule": one.rule, "config": one.config, **asdict(one.product)} for one in tree.steps]
        tx.run("add_rules_of_production", name=tree.name, rules=rows)
        tx.run("forget_steps", name=tree.name)
        tx.run("forget_step_inputs", name=tree.name)
        tx.run("forget_declared_groups", name=tree.name)
        _write_steps(tx, tree)
        _write_groups(tx, tree.name, ((step.rule, group) for step in tree.steps for group in step.groups), "")
        _register_campaigns(tx, tree)
        return new

    return books.write(work)


def add_group(books: Database, production: str, rule: str, group: RunGroup, author: str) -> bool:
    """Write a group beside those of the files, in the place of one of this name; True if there was none.

    Raises UsageError for a run that another group of the step has.
    """

    def work(tx: Transaction) -> bool:
        there = tx.run("forget_group", name=production, rule=rule, groupname=group.name)
        _write_groups(tx, production, [(rule, group)], author)
        return not there

    return books.write(work)


def forget_group(books: Database, production: str, rule: str, group: str) -> bool:
    """Delete a group that somebody made beside the files; False if there is none. Raises DatabaseError."""
    return bool(books.write(lambda tx: tx.run("forget_group", name=production, rule=rule, groupname=group)))


def _write_steps(tx: Transaction, tree: ProductionTree) -> None:
    steps = [
        {"rule": step.rule, "place": place, "by_segment": int(step.by_segment)} for place, step in enumerate(tree.steps)
    ]
    inputs = [{"rule": step.rule, **asdict(one)} for step in tree.steps for one in dict.fromkeys(step.inputs)]
    tx.run("add_steps", name=tree.name, rows=steps)
    tx.run("add_step_inputs", name=tree.name, rows=inputs)


def _register_campaigns(tx: Transaction, tree: ProductionTree) -> None:
    for tag in tree.tags:
        dsttypes = [{"name": one.product.dsttype} for one in tree.steps if one.product.tag == tag]
        tx.run("add_requested_campaigns", tag=tag, priority=0, dsttypes=dsttypes)


def _write_groups(tx: Transaction, name: str, groups: Iterable[tuple[str, RunGroup]], author: str) -> None:
    """Write groups of steps; raises UsageError if then a run is in two groups of a step."""
    rows = [
        {"rule": rule, "name": group.name, "low": low, "high": high}
        for rule, group in groups
        for low, high in group.runs.spans
    ]
    known = [one for one in tx.rows_as(_GroupRow, "groups_of_steps") if one.production == name]
    added = [_GroupRow(name, row["rule"], row["name"], row["low"], row["high"], author) for row in rows]  # type: ignore[arg-type]
    for (_, rule), of_step in _groups([*known, *added]).items():
        try:
            require_apart(of_step)
        except ValueError as failure:
            raise UsageError(str(failure), where=f"{name}: rule {rule}", todo="nothing was written") from None
    tx.run("add_groups", name=name, rows=rows, author=author)


def _trees(tx: Transaction) -> dict[str, ProductionTree]:
    folders = {name: folder for name, folder, *_ in tx.rows("all_productions")}
    inputs: dict[_Key, list[Product]] = defaultdict(list)
    for production, rule, dsttype, dataset, tag in tx.rows("inputs_of_steps"):
        inputs[production, rule].append(Product(dsttype, dataset, tag))
    rows = list(tx.rows_as(_GroupRow, "groups_of_steps"))
    groups, beside = _groups(rows), {(one.production, one.rule, one.name) for one in rows if one.author}
    steps: dict[str, list[ProductionStep]] = defaultdict(list)
    for one in tx.rows_as(_StepRow, "steps_of_productions"):
        key = one.production, one.rule
        product = Product(one.dsttype, one.dataset, one.tag)
        found = tuple(groups.get(key, ()))
        ours = frozenset(group.name for group in found if (*key, group.name) in beside)
        steps[one.production].append(
            ProductionStep(one.rule, one.config, product, tuple(inputs[key]), bool(one.by_segment), found, ours)
        )
    return {name: ProductionTree(name, folders[name], tuple(of_name)) for name, of_name in steps.items()}


def _groups(rows: Iterable[_GroupRow]) -> dict[_Key, list[RunGroup]]:
    """The groups of each step, each with its runs in one selection."""
    spans: dict[_Key, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for one in rows:
        spans[one.production, one.rule][one.name].append((one.low, one.high))
    return {
        key: [RunGroup(name, RunSelection(tuple(found), frozenset())) for name, found in named.items()]
        for key, named in spans.items()
    }
