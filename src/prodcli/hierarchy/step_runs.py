"""Count the jobs of each run of steps, with what the steps before have left undone: one statement, however many steps and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from prodcli.hierarchy.tree import ProductionStep, ProductionTree
from prodcli.rules.model import Product
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.db import Database


@dataclass(frozen=True)
class StepNode:
    """A step among those that are counted, or without a step what comes from outside of the production; parents by number."""

    number: int
    production: str
    product: Product
    step: ProductionStep | None = None
    parents: tuple[int, ...] = ()

    @property
    def by_segment(self) -> bool:
        """True if each job makes one segment."""
        return self.step is not None and self.step.by_segment


class RunCounts(NamedTuple):
    """The jobs of a run of a step, and units without a job: see the query. `worst` and `newest` are rows of the books."""

    number: int
    run: int
    jobs: int = 0
    finished: int = 0
    failed: int = 0
    held: int = 0
    upstream: int = 0
    waits: int = 0
    missing: int = 0
    worst: int | None = None
    newest: int | None = None


@dataclass
class _Numbering:
    """Steps and what comes from outside, numbered parents first."""

    nodes: list[StepNode] = field(default_factory=list)
    known: dict[tuple[str, object], int] = field(default_factory=dict)

    def add(self, tree: ProductionTree, step: ProductionStep) -> int:
        """The number of a step, after those of its parents."""
        key = tree.name, step.rule
        if key not in self.known:
            self.known[key] = -1  # a circle ends here
            made = {one.product: one for one in tree.parents[step.rule]}
            parents = [
                self.add(tree, made[one]) if one in made else self._outside(tree.name, one) for one in step.inputs
            ]
            self.known[key] = len(self.nodes)
            known = tuple(dict.fromkeys(one for one in parents if one >= 0))
            self.nodes.append(StepNode(len(self.nodes), tree.name, step.product, step, known))
        return self.known[key]

    def _outside(self, production: str, product: Product) -> int:
        key = production, product
        if key not in self.known:
            self.known[key] = len(self.nodes)
            self.nodes.append(StepNode(len(self.nodes), production, product))
        return self.known[key]


def nodes_of(trees: Mapping[str, ProductionTree], wanted: Iterable[tuple[str, ProductionStep]]) -> list[StepNode]:
    """The wanted steps of productions, and all that they come from, parents first."""
    numbering = _Numbering()
    for production, step in wanted:
        numbering.add(trees[production], step)
    return numbering.nodes


def run_counts(books: Database, nodes: Sequence[StepNode], runs: RunSelection | None = None) -> list[RunCounts]:
    """The counts of each run of steps, of all runs or of some; raises DatabaseError."""
    steps = [{"number": one.number, **asdict(one.product), "by_segment": int(one.by_segment)} for one in nodes]
    spans = [] if runs is None else [{"low": low, "high": high} for low, high in runs.spans]
    values = {"steps": steps, "before": _before(nodes), "all_runs": int(runs is None), "spans": spans}
    return books.read(lambda tx: list(tx.rows_as(RunCounts, "runs_of_steps", **values)))


def _before(nodes: Sequence[StepNode]) -> list[dict[str, int]]:
    """The steps before each step whose segments are its own: parents, and theirs, as far as jobs go by segment."""
    earlier: dict[int, dict[int, int]] = {}
    for node in nodes:
        by_segment = [one for one in node.parents if node.by_segment and nodes[one].by_segment]
        found = {one: 0 for parent in by_segment for one in earlier[parent]}
        earlier[node.number] = found | dict.fromkeys(by_segment, 1)
    return [
        {"number": number, "earlier": one, "direct": direct, "parents": sum(found.values())}
        for number, found in earlier.items()
        for one, direct in found.items()
    ]
