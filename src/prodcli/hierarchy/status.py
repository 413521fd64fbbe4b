"""How far a level is: one statement for all of its steps and runs, summed up from runs to productions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.hierarchy.address import Address, Level
from prodcli.hierarchy.chosen import ChosenStep, chosen
from prodcli.hierarchy.roll_up import LevelLine, RunLine, level_lines, run_lines
from prodcli.hierarchy.run_states import Eligible, run_states
from prodcli.hierarchy.step_runs import StepNode, nodes_of, run_counts
from prodcli.hierarchy.workflows import Workflow, workflows

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.hierarchy.tree import ProductionTree

EligibleOf = Callable[[Sequence[StepNode]], Eligible]


@dataclass(frozen=True)
class LevelStatus:
    """An asked level with its lines, the runs in them, and of a group its workflows."""

    asked: Address
    lines: Sequence[LevelLine]
    runs: Sequence[RunLine]
    workflows: Sequence[Workflow] = ()


def level_status(
    books: Database, trees: Mapping[str, ProductionTree], asked: Address, eligible: EligibleOf = lambda _: {}
) -> LevelStatus:
    """How far a level is; raises UsageError for an unknown one, DatabaseError if the books cannot be read."""
    meant = chosen(trees, asked)
    nodes = nodes_of(trees, [(one.production, one.step) for one in meant])
    counts = run_counts(books, nodes, meant[0].runs if asked.group else None)
    states = run_states(nodes, counts, eligible(nodes))
    above = asked.at(Level.GROUP)
    runs = [one for one in run_lines(nodes, states, counts) if above.holds(one.address)]
    lines = level_lines(runs, above, _declared(meant))
    return LevelStatus(asked, lines, runs, workflows(books, meant[0]) if asked.group else ())


def _declared(meant: Sequence[ChosenStep]) -> list[Address]:
    """The steps and groups that are declared, whether they have a run or not."""
    return [
        address for one in meant for address in (one.address, *(one.address.below(group.name) for group in one.groups))
    ]
