"""Every command of the command line, as the app itself lists them, with the example of its help."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import typer.main
from typer.testing import CliRunner

from prodcli.cli.app import app

ROOT: Any = typer.main.get_command(app)


def verbs(group: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its path."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, (*path, name))
        else:
            yield (*path, name), command


def groups(group: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that has commands of its own, with its path."""
    yield path, group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from groups(command, (*path, name))


VERBS = dict(verbs())


def help_of(path: tuple[str, ...]) -> str:
    """What `--help` prints."""
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    return result.stdout


def example(path: tuple[str, ...]) -> list[str]:
    """The words of a command's example."""
    text = " ".join(help_of(path).split())
    found = re.search(r"Example: (prodcli .*?)(?= More|$)", text)
    assert found is not None, f"the help of {path} has no line `Example: prodcli ...`"
    return shlex.split(found[1])
