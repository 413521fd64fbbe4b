"""The files of a new production, as they will be: the YAML files of a template, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from prodcli.config.yaml_files import parse_repeating_yaml
from prodcli.errors import RuleError, UsageError
from prodcli.productions.template import Filling, with_names, with_values
from prodcli.steering.read import names_hosts
from prodcli.text_files import read_text, why_unreadable

_OF_HOST = "defaultlocations"


@dataclass(frozen=True)
class YamlFile:
    """A YAML file of a template: its place in the copy, its text with placeholders filled in, and what the text says."""

    place: PurePath
    text: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]

    @property
    def steers(self) -> bool:
        """True for a steering file."""
        return names_hosts(self.data)

    @property
    def rules(self) -> dict[str, str]:
        """The dsttypes of the rules of a rule file, by the name of the rule."""
        found = {}
        for name, one in self.data.items():
            params = one.get("params") if isinstance(one, Mapping) else None
            if isinstance(params, Mapping) and params.get("dsttype"):
                found[name] = str(params["dsttype"])
        return found


@dataclass(frozen=True)
class ProductionFiles:
    """The YAML files of a template, for a new production."""

    template: Path
    filling: Filling

    @cached_property
    def filled(self) -> list[YamlFile]:
        """The files with placeholders filled in; raises RuleError for a file that is no YAML, UsageError without rules."""
        files = [self._filled(path) for path in sorted(self.template.rglob("*")) if path.suffix in (".yaml", ".yml")]
        if not any(one.rules for one in files if not one.steers):
            raise UsageError(
                "the template holds no rule file", where=str(self.template), todo="--from FOLDER with rules"
            )
        if not any(one.steers for one in files):
            raise UsageError(
                "the template holds no steering file", where=str(self.template), todo="see docs/automation.md"
            )
        return files

    def _filled(self, path: Path) -> YamlFile:
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as failure:
            raise RuleError(f"the file cannot be read: {why_unreadable(failure)}", where=str(path)) from None
        text = self.filling.text(text)
        data, lines, _ = parse_repeating_yaml(text, path, RuleError)
        place = PurePath(self.filling.text(str(path.relative_to(self.template))))
        return YamlFile(place, text, data, lines)

    @cached_property
    def texts(self) -> dict[PurePath, str]:
        """The text of each file, by its place in the copy."""
        return {one.place: self._steering(one) if one.steers else self._rules(one) for one in self.filled}

    def _rules(self, one: YamlFile) -> str:
        """A rule file with the prefix in the names of its rules, and the intriplets that were given."""
        names = {name: self.filling.renamed(name, [dsttype]) for name, dsttype in one.rules.items()}
        given, values = self.filling.intriplets, {}
        for name, dsttype in one.rules.items():
            said = given.get(names[name], given.get(name, given.get(dsttype)))
            line = one.lines.get((name, "input", "intriplet"))
            if said and line:
                values[line] = said
        return with_names(with_values(one.text, values), names)

    def _steering(self, one: YamlFile) -> str:
        """A steering file with the names of the rules as they are now, and the place of their files as `configbase`."""
        names: dict[str, str] = {}
        values: dict[int, str] = {}
        for host, rules in one.data.items():
            for rule in rules if isinstance(rules, Mapping) else ():
                if rule != _OF_HOST:
                    names[rule] = self.filling.renamed(rule, self.dsttypes)
            base = one.lines.get((host, _OF_HOST, "configbase"))
            if base and self.rules_folder is not None:
                values[base] = self.rules_folder
        return with_names(with_values(one.text, values), names)

    @property
    def dsttypes(self) -> list[str]:
        """The dsttypes of all rules."""
        return [dsttype for one in self.filled if not one.steers for dsttype in one.rules.values()]

    @property
    def rules_folder(self) -> str | None:
        """The folder of the rule files, as it will be; None if they are in several folders."""
        found = {one.place.parent for one in self.filled if not one.steers and one.rules}
        return str(PurePath(self.filling.folder) / found.pop()) if len(found) == 1 else None

    @property
    def rule_names(self) -> list[str]:
        """The names of all rules, as they will be."""
        rules = [item for one in self.filled if not one.steers for item in one.rules.items()]
        return [self.filling.renamed(name, [dsttype]) for name, dsttype in rules]

    @property
    def steering_files(self) -> list[PurePath]:
        """The places of the steering files in the copy."""
        return [one.place for one in self.filled if one.steers]

    @property
    def hosts(self) -> list[str]:
        """The hosts that the steering files name."""
        return list(dict.fromkeys(host for one in self.filled if one.steers for host in one.data))

    @property
    def run_lists(self) -> list[PurePath]:
        """The places of run lists in the copy that the steering files name."""
        named = [
            str(rule.get("runlist"))
            for one in self.filled
            if one.steers
            for host in one.data.values()
            if isinstance(host, Mapping)
            for rule in host.values()
            if isinstance(rule, Mapping) and rule.get("runlist")
        ]
        inside = [PurePath(one) for one in dict.fromkeys(named) if PurePath(one).is_relative_to(self.filling.folder)]
        return [one.relative_to(self.filling.folder) for one in inside]
