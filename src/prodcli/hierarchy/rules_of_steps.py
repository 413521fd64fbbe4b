"""The rules of steps, read from the files that the books name, and the runs that pass their cuts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import RuleError
from prodcli.exclusions.invalid_runs import without_invalid
from prodcli.exclusions.noted import active
from prodcli.planning.run_cuts import select_runs
from prodcli.reasons import Skips
from prodcli.rules.check import require_rule
from prodcli.rules.load import check_rules
from prodcli.runs.run_groups import united
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.config.profile import Site
    from prodcli.db import Database
    from prodcli.hierarchy.run_states import Eligible
    from prodcli.hierarchy.step_runs import StepNode
    from prodcli.hierarchy.tree import ProductionStep
    from prodcli.rules.check import Checked
    from prodcli.rules.model import Rule


def rules_of(steps: Iterable[ProductionStep], site: Site) -> dict[str, Rule]:
    """The rules of steps by name, each file read once.

    Raises RuleError for a file that cannot be read, a rule that is not sound, or one that the file has no more or that
    makes something else now.
    """
    files: dict[str, dict[str, Checked]] = {}
    found: dict[str, Rule] = {}
    for step in steps:
        if step.config not in files:
            files[step.config] = {one.name: one for one in check_rules(Path(step.config), site, lenient=True)}
        found[step.rule] = _rule(step, files[step.config].get(step.rule))
    return found


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


def _rule(step: ProductionStep, checked: Checked | None) -> Rule:
    if checked is None:
        raise _changed(f"the file has no rule {step.rule} any more", step)
    rule = require_rule(checked, step.config)
    if rule.product != step.product:
        raise _changed(f"rule {step.rule} makes {rule.product} now, and {step.product} in the books", step)
    return rule


def _changed(what: str, step: ProductionStep) -> RuleError:
    return RuleError(what, where=step.config, todo="prodcli campaign create PRODUCTION reads the files again")
