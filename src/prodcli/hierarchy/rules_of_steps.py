"""The rules of steps, read from the files that the books name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.errors import RuleError
from prodcli.rules.check import require_rule
from prodcli.rules.load import check_rules

if TYPE_CHECKING:
    from prodcli.config.profile import Site
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


def _rule(step: ProductionStep, checked: Checked | None) -> Rule:
    if checked is None:
        raise _changed(f"the file has no rule {step.rule} any more", step)
    rule = require_rule(checked, step.config)
    if rule.product != step.product:
        raise _changed(f"rule {step.rule} makes {rule.product} now, and {step.product} in the books", step)
    return rule


def _changed(what: str, step: ProductionStep) -> RuleError:
    return RuleError(what, where=step.config, todo="prodcli campaign create PRODUCTION reads the files again")
