"""Read a steering file, a file of ramenya, or a rule file: what is to be done on a host."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from posixpath import normpath
from typing import Any

from prodcli.config.find_config import current_folder
from prodcli.config.yaml_files import read_repeating_yaml, require_once
from prodcli.errors import RuleError
from prodcli.steering import options_file
from prodcli.steering.steered_rule import SteeredRule, Steering
from prodcli.steering.steering_file import LOCATIONS, SteeringFile

ANY_HOST = "any"  # no host is called so
_OF_RULES = ("params", "input", "job", "filesystem")  # sections of a rule


def read_steering(file: Path, host: str, written: Path | None = None) -> Steering:
    """What a file says for a host, by the host's short name; raises RuleError only if the file itself cannot be read.

    A rule file says the same for all hosts: its rules are spidered and submitted. So does a file of ramenya. `written` is where
    the text of the file stands, if that is another file.
    """
    file = Path(normpath(current_folder() / file))
    data, lines, repeated = read_repeating_yaml(file, RuleError, written)
    short = host.partition(".")[0]
    if names_hosts(data):
        return SteeringFile(file, data, lines, repeated, home_folder()).steering(short)
    require_once(file, repeated, RuleError)
    if any(isinstance(one, Mapping) and set(_OF_RULES) & set(one) for one in data.values()):
        rules = (SteeredRule(name=name, config=file, submit=True, line=lines[(name,)]) for name in data)
        return Steering(file, short, tuple(rules))
    if not data:
        raise RuleError("the file names neither hosts nor rules", where=str(file))
    return options_file.steering(file, data, lines, short, home_folder())


def hosts_in(file: Path) -> list[str]:
    """The hosts of a file; `any` for a file that says the same for all. Raises RuleError if the file cannot be read."""
    said = read_steering(file, ANY_HOST)
    return [said.host] if said.named else list(said.known_hosts)


def names_hosts(data: Mapping[str, Any]) -> bool:
    """True for the content of a steering file: a host has default locations, or a rule with `config`."""
    hosts = [host for host in data.values() if isinstance(host, Mapping)]
    return any(
        LOCATIONS in host or any(isinstance(rule, Mapping) and "config" in rule for rule in host.values())
        for host in hosts
    )


def home_folder() -> str:
    """The home folder, also without $HOME as under cron; empty for an account that has none."""
    try:
        return os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""
