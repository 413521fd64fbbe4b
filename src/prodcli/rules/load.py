"""Read rule files: YAML of rules by name, in the `params / input / job` dialect or the older one."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prodcli.config.find_config import current_folder
from prodcli.config.profile import Site
from prodcli.config.yaml_files import Lines, parse_repeating_yaml, read_yaml_text, require_once
from prodcli.errors import RuleError
from prodcli.rules.check import Checked, check_rule, pick_rule, require_rule
from prodcli.rules.kaedama import Translation, is_older, translate
from prodcli.rules.layout import check_templates
from prodcli.rules.model import Overrides, Rule
from prodcli.rules.query_text import check_queries


class SteeringFile(RuleError):
    """The file steers passes of other tools: hosts with their rules, which stand in files of their own."""


def check_rules(path: Path, site: Site, *, lenient: bool = False, written: Path | None = None) -> list[Checked]:
    """Check every rule of a file; raises RuleError only if the file itself cannot be read, or is no rule file.

    `written` is where the text of the file stands, if that is another file.
    """
    data, lines = _rules_in(read_yaml_text(path, RuleError, written), path)
    return [_check(name, raw, path, lines, site, lenient, None) for name, raw in data.items()]


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """The named files, and every YAML file below named folders.

    Raises RuleError for a missing file, and a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        inside = [file for file in path.rglob("*") if file.suffix in (".yaml", ".yml") and file.is_file()]
        if path.is_dir() and not inside:
            raise RuleError("there is no YAML file in this folder", where=str(path))
        found += sorted(inside) if path.is_dir() else [path]
    return found


def check_files(paths: Iterable[Path], site: Site, *, lenient: bool = False) -> dict[Path, list[Checked]]:
    """Check every rule of files and folders; an unreadable file of a folder is a finding without a rule's name.

    A steering file has a note instead of rules.

    Raises RuleError for a named file that cannot be read.
    """
    checked: dict[Path, list[Checked]] = {}
    named = list(paths)
    for path in rule_files(named):
        try:
            checked[path] = check_rules(path, site, lenient=lenient)
        except SteeringFile as error:
            checked[path] = [Checked("", None, (), (), note=f"{error.what}: passed over")]
        except RuleError as error:
            if path in named:
                raise
            line = re.search(r", line (\d+)$", error.where)
            checked[path] = [Checked("", None, (error.what + (f" (line {line[1]})" if line else ""),), ())]
    return checked


def check_one(
    path: Path,
    wanted: str | None,
    site: Site,
    *,
    lenient: bool = False,
    overrides: Overrides | None = None,
    written: Path | None = None,
) -> Checked:
    """Check the named rule; raises RuleError or UsageError if there is no such rule.

    `written` is where the text of the file stands, if that is another file.
    """
    text = read_yaml_text(path, RuleError, written)
    data, lines = _rules_in(text, path)
    if not data:
        raise RuleError("the file holds no rule", where=str(path))
    name = pick_rule(list(data), wanted, str(path))
    checked = _check(name, data[name], path, lines, site, lenient, overrides)
    rule = checked.rule and dataclasses.replace(checked.rule, written=text)
    return dataclasses.replace(checked, rule=rule)


def load_rule(
    path: Path,
    wanted: str | None,
    site: Site,
    *,
    lenient: bool = False,
    overrides: Overrides | None = None,
    written: Path | None = None,
) -> Rule:
    """Load the named rule; raises RuleError for an error in it, UsageError for an unknown name.

    `written` is where the text of the file stands, if that is another file.
    """
    checked = check_one(path, wanted, site, lenient=lenient, overrides=overrides, written=written)
    return require_rule(checked, str(path))


def rule_in_text(text: str, path: Path, wanted: str, site: Site) -> Rule:
    """The named rule in the text of a file as it once was; raises RuleError for an error in it, and where it is not there."""
    data, lines = _rules_in(text, path)
    if wanted not in data:
        raise RuleError(f"the file holds no rule {wanted!r:.80}", where=str(path))
    return require_rule(_check(wanted, data[wanted], path, lines, site, lenient=False, overrides=None), str(path))


def _rules_in(text: str, path: Path) -> tuple[Mapping[str, Any], Lines]:
    """The rules in the text of a file with their lines.

    Raises SteeringFile for a file of hosts that each have `defaultlocations`.
    """
    data, lines, repeated = parse_repeating_yaml(text, path, RuleError)
    if data and all(isinstance(one, Mapping) and "defaultlocations" in one for one in data.values()):
        todo = "rules stand in the files that its `config` keys name"
        raise SteeringFile("this is a steering file, which holds no rules", where=str(path), todo=todo)
    require_once(path, repeated, RuleError)
    return data, lines


def _check(
    name: str, raw: object, path: Path, lines: Lines, site: Site, lenient: bool, overrides: Overrides | None
) -> Checked:
    """Check a rule of either dialect, with its templates and queries."""
    file, said, older = str(path.resolve()), Translation(), isinstance(raw, Mapping) and is_older(raw)
    if isinstance(raw, Mapping) and older:
        said = translate(name, raw, lines, str(current_folder()), lenient)
        raw = said.rule
    about: dict[str, Any] = {"raw": raw if isinstance(raw, Mapping) else {}, "lines": lines, "older": older}
    if said.errors:
        return Checked(name, None, tuple(said.errors), tuple(said.warnings), **about)
    checked = check_rule(name, raw, site, file=file, lenient=lenient, overrides=overrides)
    warnings = (*said.warnings, *checked.warnings)
    try:
        if checked.rule is not None:
            check_templates(checked.rule)
            check_queries(checked.rule)
    except RuleError as error:
        return Checked(name, None, (error.what,), warnings, **about)
    return dataclasses.replace(checked, warnings=warnings, **about)
