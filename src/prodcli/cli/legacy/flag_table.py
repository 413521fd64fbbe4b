"""Tables of the commands of today, and of the flags of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.legacy.commands import ALSO, COMMANDS, GONE, command_of
from prodcli.legacy.flags import Flag
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.tables.table import Cell

_INSTEAD = Column("instead", kind=Kind.PATH, drop_empty=True)
_COMMANDS = (Column("command"), Column("now"), _INSTEAD)
_FLAGS = (Column("command", shared=True), Column("flag"), Column("now"), _INSTEAD)
_NONE, _NOT_NEEDED = "no counterpart", "not needed"


def commands() -> Table:
    """Each command of today, and what it is here."""
    rows: list[list[Cell]] = [[name, command.now, command.instead] for name, command in COMMANDS.items()]
    rows += [[name, "", why] for name, why in GONE.items()]
    return Table(_COMMANDS, [[name, now or _NONE, instead] for name, now, instead in rows], title="commands of today")


def flags(name: str) -> Table:
    """The flags of a command of today; raises UsageError for an unknown one, and for one without a counterpart."""
    name = ALSO.get(name.rpartition("/")[2], name.rpartition("/")[2])
    found = [command for known, command in COMMANDS.items() if name in (known, known.split()[0])]
    if not found:
        command_of([name])
    rows: list[list[Cell]] = [
        [one.name, ", ".join(flag.names.split()), _now(flag), flag.lacks]
        for one in found
        for flag in one.flags
        if flag.name != "--help"
    ]
    return Table(_FLAGS, rows, title=f"flags of {name}")


def _now(flag: Flag) -> str:
    if flag.lacks:
        return _NONE
    return flag.now or (" ".join(flag.how(("True",))) if flag.how else _NOT_NEEDED)
