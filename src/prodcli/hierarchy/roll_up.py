"""The lines of levels: the runs of each group by state, summed up from groups to steps, campaigns and productions.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.hierarchy.address import Address, Level
from prodcli.hierarchy.run_states import RunState, States, of_group
from prodcli.runs.run_groups import UNGROUPED

if TYPE_CHECKING:
    from prodcli.hierarchy.step_runs import RunCounts, StepNode
    from prodcli.hierarchy.tree import ProductionStep, ProductionTree

_JOBS = ("jobs", "finished", "failed", "held")


@dataclass(frozen=True)
class LevelLine:
    """A level with its runs by state, and its jobs: all, finished, failed and held ones.

    Each step counts its own runs: above steps a run counts once for each step.
    """

    address: Address
    states: Mapping[RunState, int] = field(default_factory=dict)
    jobs: Mapping[str, int] = field(default_factory=dict)
    step: ProductionStep | None = None

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return sum(self.states.values())

    @property
    def done(self) -> float | None:
        """Runs that are done, in percent of all; None without runs."""
        return 100.0 * self.states.get(RunState.DONE, 0) / self.runs if self.runs else None


@dataclass(frozen=True)
class RunLine:
    """A run of a group with its state and jobs; `upstream` is the rule of the first step before that failed."""

    address: Address
    run: int
    state: RunState
    step: ProductionStep
    counts: RunCounts | None
    upstream: str = ""


def run_lines(nodes: Sequence[StepNode], states: States, counts: Iterable[RunCounts]) -> list[RunLine]:
    """Every run of every step, in the order of steps, groups and runs."""
    known = {(one.number, one.run): one for one in counts}
    return [
        RunLine(
            address,
            run,
            states[node.number][run],
            node.step,
            known.get((node.number, run)),
            _failed(nodes, states, node, run),
        )
        for node in nodes
        if node.step is not None
        for address, runs in _groups(node, states[node.number])
        for run in sorted(runs)
    ]


def _failed(nodes: Sequence[StepNode], states: States, node: StepNode, run: int) -> str:
    """The rule, or the dsttype from outside, that a run waits for as jobs of it are failed or held; empty for other runs."""
    if states[node.number][run] is not RunState.UPSTREAM:
        return ""
    for parent in (nodes[one] for one in node.parents):
        if states[parent.number].get(run) in (RunState.FAILED, RunState.HELD):
            return parent.step.rule if parent.step else parent.product.dsttype
    return next(
        filter(None, (_failed(nodes, states, nodes[one], run) for one in node.parents if run in states[one])), ""
    )


def level_lines(lines: Iterable[RunLine], asked: Address, declared: Iterable[Address]) -> list[LevelLine]:
    """The asked level and all below it, down to groups, each above what it holds; also `declared` ones without a run."""
    states: dict[Address, Counter[RunState]] = defaultdict(Counter)
    jobs: dict[Address, Counter[str]] = defaultdict(Counter)
    steps: dict[Address, ProductionStep] = {}
    for one in lines:
        for level in _up_to(one.address, asked):
            states[level][one.state] += 1
            jobs[level].update({key: getattr(one.counts, key) for key in _JOBS} if one.counts else {})
        steps[one.address.at(Level.GROUP)] = steps[one.address.at(Level.STEP)] = one.step
    order = list(dict.fromkeys(level for one in declared for level in _up_to(one, asked)))
    every = dict.fromkeys([*order, *states])
    return [LevelLine(one, states[one], jobs[one], steps.get(one)) for one in _as_tree(every)]


def addresses_in(tree: ProductionTree) -> list[Address]:
    """All levels of a production down to declared groups, each above what it holds."""
    steps = [Address(tree.name, step.product.tag, step.rule) for step in tree.steps]
    declared = [address for step, one in zip(tree.steps, steps, strict=True) for address in _declared(step, one)]
    return _as_tree(dict.fromkeys(level for one in declared for level in _up_to(one, Address(tree.name))))


def _declared(step: ProductionStep, address: Address) -> list[Address]:
    return [address, *(address.below(group.name) for group in step.groups)]


def _groups(node: StepNode, states: Mapping[int, RunState]) -> Iterator[tuple[Address, set[int]]]:
    """The groups of a step with their runs, and last the runs that are in none."""
    step, left = node.step, set(states)
    if step is None:
        return
    address = Address(node.production, step.product.tag, step.rule)
    for group in step.groups:
        runs = of_group(states, group)
        left -= runs
        yield address.below(group.name), runs
    yield address.below(UNGROUPED), left


def _up_to(address: Address, asked: Address) -> list[Address]:
    """The levels that an address is in, from the asked one down to groups; none outside of it."""
    names = address.names
    if not (asked.holds(address) or address.holds(asked)):
        return []
    return [Address(*names[:depth]) for depth in range(min(len(asked.names), 4), len(names) + 1)]


def _as_tree(levels: Iterable[Address]) -> list[Address]:
    """Levels, each right above what it holds; those beside one another stay in their order."""
    below: dict[Address | None, list[Address]] = defaultdict(list)
    known = set(levels)
    for one in levels:
        above = Address(*one.names[:-1]) if one.names else None
        below[above if above in known else None].append(one)

    def walk(one: Address) -> Iterator[Address]:
        yield one
        for child in below[one]:
            yield from walk(child)

    return [found for top in below[None] for found in walk(top)]
