"""The `params / input / job` dialect: a YAML file of rules by name."""

from pathlib import Path

from prodcli.errors import RuleError
from prodcli.layout import check_templates
from prodcli.rule import Overrides, Rule
from prodcli.rule_check import Checked, check_rule, pick_rule, require_rule
from prodcli.site import Site
from prodcli.yaml_files import read_yaml


def check_rules(path: Path, site: Site, *, lenient: bool = False) -> list[Checked]:
    """Check every rule of a file; raises RuleError only if the file itself cannot be read."""
    data = read_yaml(path, RuleError)
    file = str(path.resolve())
    return [_templates(check_rule(name, raw, site, file=file, lenient=lenient)) for name, raw in data.items()]


def load_rule(
    path: Path, wanted: str | None, site: Site, *, lenient: bool = False, overrides: Overrides | None = None
) -> Rule:
    """Load the rule that is meant; raises RuleError or UsageError."""
    data = read_yaml(path, RuleError)
    if not data:
        raise RuleError("the file holds no rule", where=str(path))
    name = pick_rule(list(data), wanted, str(path))
    checked = check_rule(name, data[name], site, file=str(path.resolve()), lenient=lenient, overrides=overrides)
    rule = require_rule(checked, str(path))
    check_templates(rule)
    return rule


def _templates(checked: Checked) -> Checked:
    if checked.rule is not None:
        try:
            check_templates(checked.rule)
        except RuleError as error:
            return Checked(checked.name, None, (error.what,), checked.warnings)
    return checked
