"""What the steps of starting a production forget: the files of a production, checked against each other and the books."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from prodcli.chains.chain import Chain, chain_of
from prodcli.config.yaml_files import read_repeating_yaml
from prodcli.errors import ProdError, RuleError
from prodcli.productions.booked import BookedProduction
from prodcli.productions.template import PLACEHOLDER, left_in
from prodcli.rules.load import check_rules
from prodcli.steering.lint import lint as lint_steering
from prodcli.steering.read import hosts_in, names_hosts, read_steering
from prodcli.text_files import read_text

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.rules.check import Checked
    from prodcli.rules.model import Rule
    from prodcli.steering.steered_rule import SteeredRule

_PATH = re.compile(r"(?<![\w.}])/[\w./+{}-]+")
_COPY = re.compile(r"dir_[\w.+-]+")


@dataclass(frozen=True)
class ProductionFinding:
    """Something that is wrong (`error`) or odd (`warning`) in a production, with its place: `file:line`."""

    where: str
    rule: str
    kind: str
    what: str


@dataclass(frozen=True)
class ProductionFolder:
    """The files of a production in a folder."""

    folder: Path
    site: Site

    @cached_property
    def files(self) -> list[Path]:
        """The YAML files; raises RuleError without any."""
        found = sorted(path for path in self.folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
        copies = [one for one in found if _COPY.match(one.relative_to(self.folder).parts[0])]
        if not found:
            raise RuleError("there is no YAML file in this folder", where=str(self.folder))
        return copies or found  # beside the copy a clone has the templates

    @cached_property
    def steering(self) -> list[Path]:
        """The steering files."""
        return [file for file in self.files if names_hosts(self.read.get(file, {}))]

    @cached_property
    def read(self) -> Mapping[Path, Mapping[str, object]]:
        """What the files say; those that are no YAML are left out."""
        found = {}
        for file in self.files:
            try:
                found[file] = read_repeating_yaml(file, RuleError)[0]
            except RuleError:
                continue
        return found

    @cached_property
    def checked(self) -> Mapping[Path, Sequence[Checked]]:
        """The rules of each rule file, checked."""
        found = {}
        for file in self.read:
            if file not in self.steering:
                try:
                    found[file] = check_rules(file, self.site, lenient=True)
                except RuleError:
                    continue
        return found

    @property
    def rules(self) -> list[Rule]:
        """The sound rules."""
        return [one.rule for found in self.checked.values() for one in found if one.rule is not None]

    @property
    def chain(self) -> Chain:
        """The chain of the rules; raises RuleError for a circle."""
        return chain_of(self.rules)


@dataclass(frozen=True)
class ProductionLint:
    """The check of a production by its folder; `others` are the productions of the books."""

    production: ProductionFolder
    name: str
    others: Sequence[BookedProduction]

    def findings(self) -> Iterator[ProductionFinding]:
        """All findings but those of the chain, which needs the books."""
        yield from self._unreadable()
        yield from self._placeholders()
        yield from self._rule_faults()
        yield from self._steering()
        yield from self._unsteered()
        yield from self._paths()
        yield from self._shared_products()

    def _unreadable(self) -> Iterator[ProductionFinding]:
        for file in self.production.files:
            if file not in self.production.read:
                yield ProductionFinding(str(file), "", "error", "not valid YAML: prodcli rules lint says where")
        if not self.production.steering:
            yield ProductionFinding(str(self.production.folder), "", "error", "there is no steering file")
        if not any(self.production.checked.values()):
            yield ProductionFinding(str(self.production.folder), "", "error", "there is no rule file")

    def _placeholders(self) -> Iterator[ProductionFinding]:
        for file in self.production.files:
            if found := PLACEHOLDER.search(file.name):
                yield ProductionFinding(str(file), "", "error", f"{found[0]} is left in the name of the file")
            for line, word in left_in(_text(file)):
                yield ProductionFinding(f"{file}:{line}", "", "error", f"the placeholder {word} is left")

    def _rule_faults(self) -> Iterator[ProductionFinding]:
        """Errors of rules, and fixed builds with version 0."""
        for file, found in self.production.checked.items():
            for one in found:
                for error in one.errors:
                    yield ProductionFinding(str(file), one.name, "error", error)
                if one.rule is not None and one.rule.params.version == 0 and one.rule.params.build != "new":
                    what = f"the fixed build {one.rule.params.build} has version 0; it needs 1 or more"
                    yield ProductionFinding(str(file), one.name, "error", what)

    def _steering(self) -> Iterator[ProductionFinding]:
        """What `steer lint` finds; a rule file that is elsewhere in the production shows a wrong configbase."""
        for file in self.production.steering:
            for one in lint_steering(file, "", self.production.site):
                if one.kind != "note":
                    yield ProductionFinding(one.where, one.rule, one.kind, self._with_place(one.what))

    def _with_place(self, what: str) -> str:
        path = PurePath(what.split(": ", 1)[0])
        found = [file for file in self.production.files if file.name == path.name and file != Path(path)]
        if "does not exist" not in what or len(found) != 1:
            return what
        return f"configbase is wrong: there is no {path}; the file is in {found[0].parent}"

    def _unsteered(self) -> Iterator[ProductionFinding]:
        """Rules that no steering file names."""
        steered = {rule.name for file in self.production.steering for rule in _steered(file)}
        for file, found in self.production.checked.items():
            for one in found:
                if one.name not in steered and self.production.steering:
                    yield ProductionFinding(str(file), one.name, "warning", "no steering file names this rule")

    def _paths(self) -> Iterator[ProductionFinding]:
        """Paths of other productions."""
        for file in self.production.files:
            for number, line in enumerate(_text(file).splitlines(), start=1):
                for path in _PATH.findall(line.split("#", 1)[0]):
                    if whose := self._owner(path):
                        what = f"{path} belongs to the production {whose}"
                        yield ProductionFinding(f"{file}:{number}", "", "error", what)

    def _owner(self, path: str) -> str:
        """The other production to which a path belongs, by its name or its copy of a template; empty if to none."""
        folder = PurePath(path)
        inside = folder.is_relative_to(self.production.folder)
        parts = (folder.relative_to(self.production.folder) if inside else folder).parts
        known = {one.name for one in self.others} - {self.name}
        copies = [part.removeprefix("dir_") for part in parts if _COPY.fullmatch(part)]
        return next((one for one in (*parts, *copies) if one in known or (one in copies and one != self.name)), "")

    def _shared_products(self) -> Iterator[ProductionFinding]:
        """Rules that make what rules of other productions make."""
        makers = {one.product: other.name for other in self.others if other.name != self.name for one in other.rules}
        for rule in self.production.rules:
            if rule.product in makers:
                what = f"{rule.product} is made by the production {makers[rule.product]}, too"
                yield ProductionFinding(rule.file, rule.name, "error", what)


def _steered(file: Path) -> Iterator[SteeredRule]:
    """The rules that a steering file names, for any host."""
    try:
        for host in hosts_in(file):
            yield from read_steering(file, host).rules
    except ProdError:
        return


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except (OSError, UnicodeDecodeError):
        return ""
