"""The chain of rules: which rules read the outputs of which, parents first.

A rule reads the outputs with its `intriplet` and dataset, of the dsttypes that the site profile names as inputs.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from prodcli.errors import RuleError
from prodcli.rules.model import Product, Rule


class RuleKey(NamedTuple):
    """What tells rules apart: the file and the name."""

    file: str
    rule: str


@dataclass(frozen=True)
class Step:
    """A rule in a chain, with the keys of the rules whose outputs it reads."""

    rule: Rule
    parents: tuple[RuleKey, ...]

    @property
    def key(self) -> RuleKey:
        """The file and the name of the rule."""
        return key_of(self.rule)

    @property
    def product(self) -> Product:
        """What the rule makes."""
        return self.rule.product


@dataclass(frozen=True)
class Chain:
    """The steps of a chain: parents first, and each step right after the last of its parents."""

    steps: tuple[Step, ...]

    @cached_property
    def by_key(self) -> Mapping[RuleKey, Step]:
        """The steps by their keys."""
        return {step.key: step for step in self.steps}

    @cached_property
    def _children(self) -> Mapping[RuleKey, tuple[RuleKey, ...]]:
        children: dict[RuleKey, tuple[RuleKey, ...]] = defaultdict(tuple)
        for step in self.steps:
            for parent in step.parents:
                children[parent] += (step.key,)
        return children

    def children(self, key: RuleKey) -> tuple[Step, ...]:
        """The steps that read the outputs of a step."""
        return tuple(self.by_key[child] for child in self._children.get(key, ()))


def key_of(rule: Rule) -> RuleKey:
    """The file and the name of a rule."""
    return RuleKey(rule.file, rule.name)


def chain_of(rules: Iterable[Rule]) -> Chain:
    """The chain of rules; raises RuleError, with the circle, for rules that read each other's outputs in a circle."""
    by_key = {key_of(rule): rule for rule in rules}
    makers: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in by_key.values():
        makers[rule.outtriplet, rule.booked_dataset].append(rule)
    parents = {key: tuple(map(key_of, _parents(rule, makers))) for key, rule in by_key.items()}
    try:
        order = list(_in_order(parents))
    except CycleError as circle:
        raise _circle([by_key[key] for key in circle.args[1]]) from None
    return Chain(tuple(Step(by_key[key], parents[key]) for key in order))


def _in_order(parents: Mapping[RuleKey, Sequence[RuleKey]]) -> Iterator[RuleKey]:
    """Rules after their parents, each as soon as the last of its parents is named; raises CycleError."""
    sorter = TopologicalSorter(parents)
    sorter.prepare()
    ready = [*reversed(sorter.get_ready())]
    while ready:
        key = ready.pop()
        yield key
        sorter.done(key)
        ready += reversed(sorter.get_ready())


def _parents(rule: Rule, makers: Mapping[tuple[str, str], Sequence[Rule]]) -> list[Rule]:
    if not rule.tagged:
        return []
    of_tag = makers.get((rule.intriplet, rule.input.dataset), ())
    return [one for one in of_tag if reads(rule, one.product) and _same_runs(one, rule)]


def reads(rule: Rule, product: Product) -> bool:
    """True if a rule reads outputs of this dsttype, whatever their tag; its own query must have the name of the dsttype."""
    made = product.dsttype
    if rule.by_query:
        return re.search(rf"(?<!\w){re.escape(made)}(?![A-Za-z0-9])", rule.input.query or "") is not None
    return any(one == made or one.startswith(f"{made}_") for one in rule.dsttype.inputs)


def products_read(rule: Rule) -> tuple[Product, ...]:
    """The products that a rule with an `intriplet` reads; () for raw files and generated jobs."""
    if not rule.tagged:
        return ()
    tag, dataset = rule.intriplet, rule.input.dataset
    known = sorted(name for name in rule.site.dsttypes if reads(rule, Product(name, dataset, tag)))
    return tuple(Product(name, dataset, tag) for name in known or rule.dsttype.inputs)


def _same_runs(parent: Rule, child: Rule) -> bool:
    """False for runs of two types, of which no run is of both; only matching looks at the type of runs."""
    both_match = not any(one.by_query or one.generated for one in (parent, child))
    return not both_match or parent.input.physicsmode == child.input.physicsmode


def _circle(rules: Sequence[Rule]) -> RuleError:
    words = " -> ".join(f"{rule.name} ({rule.product})" for rule in rules)
    files = ", ".join(dict.fromkeys(rule.file for rule in rules))
    return RuleError(f"rules read each other's outputs in a circle: {words}", where=files, todo="correct an intriplet")
