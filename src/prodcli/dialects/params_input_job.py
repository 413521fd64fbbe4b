"""Rule files: YAML of rules by name, each of the `params / input / job` dialect or of the older one."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from prodcli.config import current_folder
from prodcli.dialects.kaedama import Translation, is_older, translate
from prodcli.errors import RuleError
from prodcli.layout import check_templates
from prodcli.query_text import check_queries
from prodcli.rule import Overrides, Rule
from prodcli.rule_check import Checked, check_rule, pick_rule, require_rule
from prodcli.site import Site
from prodcli.yaml_files import Lines, read_yaml_lines


def check_rules(path: Path, site: Site, *, lenient: bool = False) -> list[Checked]:
    """Check every rule of a file; raises RuleError only if the file itself cannot be read."""
    data, lines = read_yaml_lines(path, RuleError)
    return [_check(name, raw, path, lines, site, lenient, None) for name, raw in data.items()]


def load_rule(
    path: Path, wanted: str | None, site: Site, *, lenient: bool = False, overrides: Overrides | None = None
) -> Rule:
    """Load the rule that is meant; raises RuleError or UsageError."""
    data, lines = read_yaml_lines(path, RuleError)
    if not data:
        raise RuleError("the file holds no rule", where=str(path))
    name = pick_rule(list(data), wanted, str(path))
    return require_rule(_check(name, data[name], path, lines, site, lenient, overrides), str(path))


def _check(
    name: str, raw: object, path: Path, lines: Lines, site: Site, lenient: bool, overrides: Overrides | None
) -> Checked:
    """Check a rule of either dialect, with its templates and queries."""
    file, said = str(path.resolve()), Translation()
    if isinstance(raw, Mapping) and is_older(raw):
        said = translate(name, raw, lines, str(current_folder()), lenient)
        raw = said.rule
    if said.errors:
        return Checked(name, None, tuple(said.errors), tuple(said.warnings))
    checked = check_rule(name, raw, site, file=file, lenient=lenient, overrides=overrides)
    warnings = (*said.warnings, *checked.warnings)
    try:
        if checked.rule is not None:
            check_templates(checked.rule)
            check_queries(checked.rule)
    except RuleError as error:
        return Checked(name, None, (error.what,), warnings)
    return dataclasses.replace(checked, warnings=warnings)
