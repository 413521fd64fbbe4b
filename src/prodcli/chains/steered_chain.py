"""The chain of steered rules: those that steering names, and all that read their outputs, parents first.

A pass over the rules in this order submits the children of a rule as soon as the outputs of that rule are registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from prodcli.chains.chain import RuleKey, Step, chain_of
from prodcli.rules.model import Overrides, Rule
from prodcli.steering.steered_rule import SteeredRule


def chained(named: Sequence[SteeredRule], rules: Iterable[Rule]) -> tuple[SteeredRule, ...]:
    """The named rules and the rules that read what the submitted ones make, parents first.

    `rules` are all sound rules of the files. A rule that is not among them comes last, as its pass says what is wrong.
    Raises RuleError, with the circle, for rules that read each other's outputs in a circle.
    """
    chain = chain_of(rules)
    found = {_key(one): one for one in named}
    for step in chain.steps:
        parents = [found[key] for key in step.parents if key in found and found[key].submit]
        if parents and step.key not in found:
            found[step.key] = _as_parent(parents[0], step)
    order = [found[step.key] for step in chain.steps if step.key in found]
    return (*order, *(one for key, one in found.items() if key not in chain.by_key))


def _key(steered: SteeredRule) -> RuleKey:
    return RuleKey(str(steered.config.resolve()), steered.name)


def _as_parent(parent: SteeredRule, step: Step) -> SteeredRule:
    """A rule that steering does not name, steered as a parent; what was said of the parent's jobs stays with the parent."""
    kept = Overrides(physicsmode=parent.overrides.physicsmode)
    return replace(parent, name=step.rule.name, config=Path(step.rule.file), overrides=kept, segments=None, line=0)
