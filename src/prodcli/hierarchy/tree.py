"""A production as it is declared: campaigns (tags), steps (rules) with what they read, and groups of runs.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from prodcli.hierarchy.address import Address
from prodcli.rules.model import Product
from prodcli.runs.run_groups import RunGroup


@dataclass(frozen=True)
class ProductionStep:
    """A rule of a production; `inputs` are products that it reads, of which steps of the production may make some.

    `by_segment`: each job makes the segment of its own number, from the same segment of its inputs. `beside` are the names of
    groups that somebody made beside the files.
    """

    rule: str
    config: str
    product: Product
    inputs: tuple[Product, ...] = ()
    by_segment: bool = False
    groups: tuple[RunGroup, ...] = ()
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ProductionTree:
    """A production with its steps, parents first."""

    name: str
    folder: str
    steps: tuple[ProductionStep, ...]

    @property
    def tags(self) -> list[str]:
        """The tags of its campaigns, in the order of the steps."""
        return list(dict.fromkeys(step.product.tag for step in self.steps))

    @cached_property
    def parents(self) -> dict[str, tuple[ProductionStep, ...]]:
        """The steps that make what a step reads, by its rule."""
        return {
            step.rule: tuple(one for one in self.steps if one.product in step.inputs and one is not step)
            for step in self.steps
        }


class ChangeKind(StrEnum):
    """What becomes of a level."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    SAME = "as it was"


@dataclass(frozen=True)
class LevelChange:
    """A step or group that is declared anew: what it makes, or its runs."""

    address: Address
    what: str
    kind: ChangeKind


def level_changes(before: ProductionTree | None, after: ProductionTree) -> list[LevelChange]:
    """What a declaration changes: each step and each group of the files, then those that are gone."""
    old = {} if before is None else dict(_declared(before))
    new = dict(_declared(after))
    found = [LevelChange(address, what, _kind(old.get(address), step)) for address, (what, step) in new.items()]
    gone = [LevelChange(one, what, ChangeKind.GONE) for one, (what, _) in old.items() if one not in new]
    return [*found, *gone]


def _kind(old: tuple[str, object] | None, new: object) -> ChangeKind:
    if old is None:
        return ChangeKind.NEW
    return ChangeKind.SAME if old[1] == new else ChangeKind.CHANGED


def _declared(tree: ProductionTree) -> Iterator[tuple[Address, tuple[str, object]]]:
    """Each step and each group of the files, with what it is in words and as a value."""
    for step in tree.steps:
        address = Address(tree.name, step.product.tag, step.rule)
        about = (step.config, step.product, frozenset(step.inputs), step.by_segment)
        yield address, (step.product.dsttype, about)
        for group in step.groups:
            if group.name not in step.beside:
                yield address.below(group.name), (str(group.runs), tuple(group.runs.spans))
