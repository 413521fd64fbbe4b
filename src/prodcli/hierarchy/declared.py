"""A production as its files declare it: rule files say the steps, steering files the groups of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.chains.chain import products_read
from prodcli.errors import RuleError, UsageError
from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.rules.check import require_rule
from prodcli.runs.run_groups import EVERY, RunGroup, require_apart
from prodcli.runs.selection import RunSelection, parse_runlist
from prodcli.steering.read import hosts_in, read_steering
from prodcli.text_files import read_text, why_unreadable

if TYPE_CHECKING:
    from prodcli.chains.chain import Chain, Step
    from prodcli.productions.lint import ProductionFolder
    from prodcli.steering.steered_rule import SteeredRule


@dataclass(frozen=True)
class _Steered:
    """What the steering files of a production say of a rule, over all hosts."""

    groups: tuple[RunGroup, ...] = ()
    every_segment: bool = True


def declared(name: str, folder: ProductionFolder) -> ProductionTree:
    """The production that the files of a folder declare.

    A rule that no steering file names has the groups of the first of its parents, as a loop over the chain steers it.
    Raises RuleError for rules that are not sound, and for groups that share a run.
    """
    _require_sound(folder)
    said = _steered(folder)
    found: dict[str, ProductionStep] = {}
    for step in folder.chain.steps:
        steered = said.get(step.rule.name) or _as_parent(step, found, folder.chain)
        found[step.rule.name] = _step(step, steered)
    return ProductionTree(name, str(folder.folder), tuple(found.values()))


def _require_sound(folder: ProductionFolder) -> None:
    for file, rules in folder.checked.items():
        for one in rules:
            require_rule(one, str(file))
    if not folder.rules:
        raise RuleError("there is no rule in this folder", where=str(folder.folder))


def _step(step: Step, steered: _Steered) -> ProductionStep:
    rule = step.rule
    by_segment = rule.tagged and not rule.by_query and not rule.generated and rule.outputs_per_job == 1
    return ProductionStep(
        rule.name, rule.file, rule.product, products_read(rule), by_segment and steered.every_segment, steered.groups
    )


def _as_parent(step: Step, found: Mapping[str, ProductionStep], chain: Chain) -> _Steered:
    parents = [found[chain.by_key[key].rule.name] for key in step.parents]
    return _Steered(parents[0].groups) if parents else _Steered()


def _steered(folder: ProductionFolder) -> dict[str, _Steered]:
    """What the steering files say of each rule; the groups of one name on several hosts are one."""
    rules: dict[str, list[SteeredRule]] = {}
    for one in _rules_of_hosts(folder):
        rules.setdefault(one.name, []).append(one)
    return {name: _over_hosts(name, found) for name, found in rules.items()}


def _rules_of_hosts(folder: ProductionFolder) -> Iterator[SteeredRule]:
    for file in folder.steering:
        for host in hosts_in(file):
            steering = read_steering(file, host)
            if steering.problems:
                raise RuleError(steering.problems[0], where=f"{file}: host {host}")
            yield from steering.rules


def _over_hosts(name: str, rules: Iterable[SteeredRule]) -> _Steered:
    groups: dict[str, RunSelection] = {}
    whole = True
    for one in rules:
        whole = whole and one.segments is None and one.overrides.cut_segment is None
        for group in one.groups or _whole(one):
            groups[group.name] = _joined(groups.get(group.name), group.runs)
    found = tuple(RunGroup(*one) for one in groups.items())
    try:
        require_apart(found)
    except ValueError as failure:
        raise RuleError(str(failure), where=f"rule {name} of several hosts") from None
    return _Steered(found, whole)


def _joined(known: RunSelection | None, more: RunSelection) -> RunSelection:
    return more if known is None or known == more else known.together(more)


def _whole(rule: SteeredRule) -> tuple[RunGroup, ...]:
    """The runs of a rule without groups as one group; () for runs that only the catalogs know."""
    if rule.runlist is None:
        return () if rule.runs is None else (RunGroup(EVERY, rule.runs),)
    try:
        return (RunGroup(EVERY, parse_runlist(read_text(rule.runlist), str(rule.runlist))),)
    except (OSError, UnicodeDecodeError) as failure:
        raise RuleError(f"the run list cannot be read: {why_unreadable(failure)}", where=str(rule.runlist)) from None
    except UsageError as failure:
        raise RuleError(failure.what, where=str(rule.runlist)) from None
