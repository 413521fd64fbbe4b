"""Which runs of their groups steps should have: those in the daq database that pass the cuts of the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from prodcli.exclusions.invalid_runs import without_invalid
from prodcli.exclusions.noted import active
from prodcli.planning.run_cuts import select_runs
from prodcli.reasons import Skips
from prodcli.runs.run_groups import united
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.db import Database
    from prodcli.hierarchy.run_states import Eligible
    from prodcli.hierarchy.step_runs import StepNode
    from prodcli.rules.model import Rule


def eligible_runs(
    nodes: Sequence[StepNode], rules: Mapping[tuple[str, str], Rule], catalogs: Catalogs, books: Database
) -> Eligible:
    """The runs that pass the cuts of each step's rule, by production and rule, and are not marked invalid.

    Two statements, however many steps. A rule whose query lists its runs is left out: nobody else knows them. Raises
    DatabaseError.
    """
    asked = {(one.production, one.step.rule): united(one.step.groups) for one in nodes if one.step and one.step.groups}
    asked = {key: runs for key, runs in asked.items() if key in rules and not rules[key].by_query}
    if not asked:
        return {}
    every = RunSelection((), frozenset())
    for runs in asked.values():
        every = every.together(runs)
    invalid, known = active(books).invalid, catalogs.runs(every)
    found = {}
    for key, selection in asked.items():
        rule, skips = rules[key], Skips()
        generated = rule.generated_runs
        if generated is not None:
            found[key] = frozenset(run for low, high in generated.spans for run in range(low, high + 1))
            continue
        kept = select_runs(known, selection, rule.input, skips)
        found[key] = frozenset(run.number for run in without_invalid(rule, kept, invalid, skips))
    return found
