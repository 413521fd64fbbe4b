"""Check steering files, and folders of them: every rule of every host."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcli.config.profile import Site
from prodcli.config.yaml_files import read_repeating_yaml
from prodcli.errors import ProdError, RuleError
from prodcli.rules.load import rule_files
from prodcli.steering.outlook import SteerFinding, findings
from prodcli.steering.read import hosts_in, names_hosts, read_steering
from prodcli.steering.steered_rule import Steering

_LINE = re.compile(r", line (\d+)$")


def steering_files(paths: Sequence[Path]) -> list[Path]:
    """The named files, and the steering files below named folders.

    A file that cannot be read counts as one. Raises RuleError for folders without any.
    """
    found = [file for path in paths for file in rule_files([path]) if file == path or _steers(file)]
    if not found:
        raise RuleError("there is no steering file in these folders", where=", ".join(map(str, paths)))
    return found


def _steers(file: Path) -> bool:
    try:
        return names_hosts(read_repeating_yaml(file, RuleError)[0])
    except RuleError:
        return True


def lint(file: Path, hostname: str, site: Site) -> Iterator[SteerFinding]:
    """What is wrong or odd in a file, for a host or for all of its hosts; what cannot be read is a finding."""
    try:
        known = [hostname] if hostname else hosts_in(file)
    except ProdError as failure:
        yield _unreadable(file, "", failure)
        return
    for host in known:
        try:
            said = read_steering(file, host)
        except ProdError as failure:
            yield _unreadable(file, host, failure)
        else:
            yield from _empty(said)
            yield from findings(said, site)


def _unreadable(file: Path, host: str, failure: ProdError) -> SteerFinding:
    line = _LINE.search(failure.where)
    return SteerFinding(f"{file}:{line[1]}" if line else str(file), host, "", "error", failure.what)


def _empty(steering: Steering) -> Iterator[SteerFinding]:
    """A note for a host for which nothing is done."""
    if not steering.rules and not steering.problems:
        what = "no rule" if steering.named else "the file does not name this host"
        yield SteerFinding(str(steering.file), steering.host, "", "note", f"{what}: nothing is done there")
