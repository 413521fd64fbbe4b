"""The state of each run in each step; what failed in a step before is told apart from what failed or is missing here.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from prodcli.runs.selection import within

if TYPE_CHECKING:
    from prodcli.hierarchy.step_runs import RunCounts, StepNode
    from prodcli.runs.run_groups import RunGroup

Eligible = Mapping[tuple[str, str], frozenset[int]]  # by production and rule: the runs that pass the cuts


class RunState(StrEnum):
    """The state of a run in a step. Jobs of the step count first: failed, held, running; then what it lacks."""

    DONE = "done"  # every job that can be is there, and has finished
    RUNNING = "running"  # jobs are in a queue
    HELD = "held"  # a job is held
    FAILED = "failed"  # a job is failed
    UPSTREAM = "upstream"  # jobs are lacking, as a job of a step before is failed or held
    WAITS = "waits"  # jobs are lacking, as steps before are not done
    MISSING = "missing"  # jobs are lacking, and no step before is in the way


States = dict[int, dict[int, RunState]]  # by the number of the step, and by run
_BLOCKED = frozenset({RunState.FAILED, RunState.HELD, RunState.UPSTREAM})


def run_states(nodes: Sequence[StepNode], counts: Iterable[RunCounts], eligible: Eligible | None = None) -> States:
    """The states of all runs that steps have, or should have.

    A step should have the eligible runs of its groups; where nobody knows which are eligible, those that any step of the
    production has. Without groups it should have the runs of its parents.
    """
    of_node: dict[int, dict[int, RunCounts]] = defaultdict(dict)
    of_production: dict[str, set[int]] = defaultdict(set)
    for one in counts:
        of_node[one.number][one.run] = one
        of_production[nodes[one.number].production].add(one.run)
    found: States = {}
    for node in nodes:
        known = (eligible or {}).get((node.production, node.step.rule if node.step else ""))
        wanted = _wanted(node, found, of_production[node.production] if known is None else known)
        found[node.number] = _states(node, nodes, of_node[node.number], wanted, found)
    return found


def of_group(runs: Collection[int], group: RunGroup) -> set[int]:
    """The runs that are in a group."""
    ordered = sorted(runs)
    return {run for span in group.runs.spans for run in within(ordered, span)}


def _wanted(node: StepNode, found: States, known: Collection[int]) -> set[int]:
    """The runs that a step should have."""
    if node.step is None:
        return set()
    if node.step.groups:
        return {run for group in node.step.groups for run in of_group(known, group)}
    return {run for one in node.parents for run in found[one]}


def _states(
    node: StepNode, nodes: Sequence[StepNode], own: Mapping[int, RunCounts], wanted: Collection[int], found: States
) -> dict[int, RunState]:
    """The states of the runs of a step; a run that a parent of the production should not have is not wanted here."""
    parents = [found[one] for one in node.parents]
    needed = [found[one] for one in node.parents if nodes[one].step is not None]
    states = {run: _by_counts(counts) for run, counts in own.items()}
    for run in wanted:
        if run not in own and all(run in one for one in needed):
            states[run] = _by_parents([one[run] for one in parents if run in one])
    return states


def _by_counts(counts: RunCounts) -> RunState:
    """The state of a run with jobs, or with segments that have none."""
    unfinished = counts.finished + counts.failed + counts.held < counts.jobs
    asked = (
        (counts.failed, RunState.FAILED),
        (counts.held, RunState.HELD),
        (unfinished, RunState.RUNNING),
        (counts.upstream, RunState.UPSTREAM),
        (counts.missing, RunState.MISSING),
        (counts.waits, RunState.WAITS),
    )
    return next((state for holds, state in asked if holds), RunState.DONE)


def _by_parents(states: Collection[RunState]) -> RunState:
    """The state of a run of which the step has nothing yet."""
    if _BLOCKED.intersection(states):
        return RunState.UPSTREAM
    return RunState.MISSING if all(one is RunState.DONE for one in states) else RunState.WAITS
