"""Which steps and runs an address means.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from prodcli.errors import UsageError
from prodcli.hierarchy.address import Address, Level
from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.names import did_you_mean
from prodcli.runs.run_groups import UNGROUPED, RunGroup, united
from prodcli.runs.selection import ALL_RUNS, RunSelection


@dataclass(frozen=True)
class ChosenStep:
    """A step that an address means, with its groups, or the one group that is meant."""

    production: str
    step: ProductionStep
    groups: tuple[RunGroup, ...]
    cluster: str = ""

    @property
    def address(self) -> Address:
        """The address of the whole step."""
        return Address(self.production, self.step.product.tag, self.step.rule)

    @property
    def runs(self) -> RunSelection | None:
        """The runs of the groups; None for a step without groups: all of its runs."""
        return united(self.groups) if self.groups else None


def chosen(trees: Mapping[str, ProductionTree], address: Address) -> list[ChosenStep]:
    """The steps that an address means, parents first; raises UsageError for a level that nobody declared."""
    if not address.production:
        return [_whole(tree, step) for tree in trees.values() for step in tree.steps]
    tree = trees.get(address.production)
    if tree is None:
        raise _unknown(address.at(Level.PRODUCTION), trees)
    if address.tag and address.tag not in tree.tags:
        raise _unknown(address.at(Level.CAMPAIGN), tree.tags)
    steps = [step for step in tree.steps if address.tag in ("", step.product.tag)]
    if not address.rule:
        return [_whole(tree, step) for step in steps]
    of_rule = [step for step in steps if step.rule == address.rule]
    if not of_rule:
        raise _unknown(address.at(Level.STEP), [step.rule for step in steps])
    return [ChosenStep(tree.name, step, _groups(step, address), address.cluster) for step in of_rule]


def _whole(tree: ProductionTree, step: ProductionStep) -> ChosenStep:
    return ChosenStep(tree.name, step, step.groups)


def _groups(step: ProductionStep, address: Address) -> tuple[RunGroup, ...]:
    """The group that is meant, or all of the step; raises UsageError for an unknown group."""
    if not address.group:
        return step.groups
    if address.group == UNGROUPED:
        rest = ALL_RUNS.without(united(step.groups)) if step.groups else ALL_RUNS
        return (RunGroup(UNGROUPED, rest),)
    found = tuple(one for one in step.groups if one.name == address.group)
    if not found:
        raise _unknown(address.at(Level.GROUP), [*(one.name for one in step.groups), UNGROUPED])
    return found


def _unknown(address: Address, known: Collection[str]) -> UsageError:
    hint = did_you_mean(address.name, known) if known else ""
    if address.level is Level.PRODUCTION:
        todo = "prodcli campaign check shows all; campaign create NAME --from DIR declares one"
        return UsageError(f"there is no production {address.name!r:.80}{hint}", todo=todo)
    above = Address(*address.names[:-1])
    return UsageError(
        f"{above} has no {address.level} {address.name!r:.80}{hint}", todo=f"prodcli campaign check {above} shows all"
    )
