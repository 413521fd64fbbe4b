"""Tables of the commands of today, and of the flags of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.legacy.commands import ALSO, COMMANDS, GONE, command_of
from prodcli.legacy.flags import Flag
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.tables.table import Cell

_COMMANDS = (Column("command"), Column("now", kind=Kind.PATH))
_FLAGS = (Column("command", shared=True), Column("flag"), Column("now", kind=Kind.PATH))


def commands() -> Table:
    """Each command of today, and what it is here."""
    rows: list[list[Cell]] = [[name, command.now] for name, command in COMMANDS.items()]
    return Table(_COMMANDS, rows + [[name, _none(why)] for name, why in GONE.items()], title="commands of today")


def flags(name: str) -> Table:
    """The flags of a command of today; raises UsageError for an unknown one, and for one without a counterpart."""
    name = ALSO.get(name.rpartition("/")[2], name.rpartition("/")[2])
    found = [command for known, command in COMMANDS.items() if name in (known, known.split()[0])]
    if not found:
        command_of([name])
    rows: list[list[Cell]] = [
        [one.name, ", ".join(flag.names.split()), _now(flag)]
        for one in found
        for flag in one.flags
        if flag.name != "--help"
    ]
    return Table(_FLAGS, rows, title=f"flags of {name}")


def _now(flag: Flag) -> str:
    if flag.lacks:
        return _none(flag.lacks)
    return flag.now or (" ".join(flag.how(("True",))) if flag.how else "nothing: prodcli does so anyway")


def _none(why: str) -> str:
    return f"no counterpart: {why}"
