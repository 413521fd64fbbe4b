"""The steps of a level as passes take them: with what the steering files of their production say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import RuleError, UsageError
from prodcli.runs.run_groups import UNGROUPED
from prodcli.steering.read import hosts_in, read_steering
from prodcli.steering.steered_rule import SteeredRule

if TYPE_CHECKING:
    from prodcli.hierarchy.address import Address
    from prodcli.hierarchy.chosen import ChosenStep


def require_launchable(address: Address) -> None:
    """Raise UsageError for a level that no pass makes: a cluster, and runs that are in no group."""
    if address.cluster:
        todo = f"prodcli campaign retry {address} brings its jobs back"
        raise UsageError(f"a cluster is launched once: {address.cluster}", where=str(address), todo=todo)
    if address.group == UNGROUPED:
        raise UsageError("runs of no group are not launched", where=str(address), todo="make a group of them")


def steered_steps(steps: Sequence[ChosenStep], steering: Iterable[Path], host: str) -> list[SteeredRule]:
    """The steps as passes that only submit, in their order, with the runs of their groups.

    What the steering files say of a rule for this host holds, else for the first host that they name, but for runs and switches; a rule
    that they do not name goes by its rule file. Raises RuleError for a steering file with a fault in one of the rules.
    """
    said: dict[str, SteeredRule] = {}
    for one in _rules(steering, host):
        said.setdefault(one.name, one)
    return [_submitted(step, said.get(step.step.rule)) for step in steps]


def _submitted(chosen: ChosenStep, said: SteeredRule | None) -> SteeredRule:
    known = said or SteeredRule(name=chosen.step.rule, config=Path(chosen.step.config))
    only = replace(known, submit=True, dstspider=False, histspider=False, finishmon=False, recover=False)
    return only if chosen.runs is None else replace(only, runs=chosen.runs, run_words=(), runlist=None)


def _rules(steering: Iterable[Path], host: str) -> Iterator[SteeredRule]:
    """The rules that steering files name, those of the host first."""
    for file in steering:
        for name in sorted(hosts_in(file), key=lambda one: one != host):
            found = read_steering(file, name)
            if found.problems:
                raise RuleError(found.problems[0], where=f"{file}: host {name}")
            yield from found.rules
