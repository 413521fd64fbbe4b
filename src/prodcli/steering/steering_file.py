"""The field's steering file: hosts, their default locations, and the rules of each host."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.config.yaml_files import Lines
from prodcli.errors import RuleError, one_line
from prodcli.names import TOKEN
from prodcli.steering import values
from prodcli.steering.field_rule import IGNORED, KEYS, PLACES, FieldRule
from prodcli.steering.said import Said
from prodcli.steering.steered_rule import SteeredRule, Steering

LOCATIONS = "defaultlocations"


@dataclass(frozen=True)
class SteeringFile:
    """The content of a file: values, the line of each, and where keys stand again."""

    file: Path
    data: Mapping[str, Any]
    lines: Lines
    repeated: Lines
    home: str

    def steering(self, host: str) -> Steering:
        """What the file says for a host; raises RuleError for a host without default locations."""
        if host not in self.data:
            return Steering(self.file, host, (), known_hosts=tuple(self.data), named=False)
        section = self._section(host)
        rules, problems, warnings = [], [], list(self._odd_locations(host, section[LOCATIONS]))
        for name, raw in section.items():
            if name == LOCATIONS:
                continue
            try:
                rule, odd = self._rule(host, name, raw, section[LOCATIONS]), list(self._warnings(host, name, raw))
                rules.append(rule)
                warnings += [one_line(f"{name}: {warning}") for warning in odd]
            except ValueError as fault:
                problems.append(one_line(f"{name}: {fault}"))
        return Steering(self.file, host, tuple(rules), tuple(problems), tuple(warnings), tuple(self.data))

    def _section(self, host: str) -> Mapping[str, Any]:
        section = self.data[host]
        if not isinstance(section, Mapping) or not isinstance(section.get(LOCATIONS), Mapping):
            todo = f"write {LOCATIONS} with {', '.join(PLACES)}"
            raise self._error(f"host {host} has no {LOCATIONS}", todo, host)
        for keys, line in self.repeated.items():
            if keys in ((host,), (host, LOCATIONS)) or keys[:2] == (host, LOCATIONS):
                raise RuleError(f"{keys[-1]} stands twice", where=f"{self.file}, line {line}", todo="keep one of them")
        return section

    def _error(self, what: str, todo: str, *keys: str) -> RuleError:
        line = self.lines.get(keys)
        return RuleError(what, where=f"{self.file}, line {line}" if line else str(self.file), todo=todo)

    def _odd_locations(self, host: str, raw: Mapping[str, Any]) -> Iterator[str]:
        for key, hint in Said(raw, (host, LOCATIONS), self.lines).unknown(PLACES):
            yield one_line(f"{LOCATIONS}: {key}: unknown key, ignored{hint}")

    def _warnings(self, host: str, name: str, raw: Any) -> Iterator[str]:
        said = Said(raw, (host, name), self.lines)
        for key, hint in said.unknown(KEYS):
            yield f"{key}: unknown key, ignored{hint}"
        for key in IGNORED:
            if said.switch(key, values.switch, False):
                yield f"{key} is ignored: a pass never erases outputs{said.place(key)}; see prodcli submit --force"

    def _rule(self, host: str, name: str, raw: object, locations: Mapping[str, Any]) -> SteeredRule:
        """A rule of a host; raises ValueError for a rule that cannot be read."""
        line = self.lines.get((host, name), 0)
        if not TOKEN.fullmatch(name):
            raise ValueError(f"the name of a rule is one word of letters, digits and . _ + - (line {line})")
        for keys, again in self.repeated.items():
            if keys[:2] == (host, name):
                what = "the rule stands twice for this host" if len(keys) == 2 else f"{keys[-1]} stands twice"
                raise ValueError(f"{what}, and only one of them would count; keep one (line {again})")
        if not isinstance(raw, Mapping):
            raise ValueError(f"a rule is a mapping with config, submit ... (line {line})")
        places = Said(locations, (host, LOCATIONS), self.lines)
        said = Said(raw, (host, name), self.lines)
        return FieldRule(name, said, places, str(self.file.parent), self.home).rule(line)
