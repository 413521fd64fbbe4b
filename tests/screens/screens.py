"""The screens that are looked at: a command each, in the order in which a curator meets them."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A command (without `prodcli`), the name of its page, and what is typed at its questions."""

    name: str
    command: str
    typed: str = ""

    @property
    def words(self) -> list[str]:
        """The words of the command line."""
        return shlex.split(self.command)

    @property
    def title(self) -> str:
        """The command as people type it."""
        return f"prodcli {self.command}".strip()


_CLUSTER = "-c rules/rules.yaml -r Full_TRKR_CLUSTER"
# Screens show and do not act: each sees the same world.
SCREENS = (
    Screen("help", "--help"),
    Screen("query", "query"),
    Screen("query-by-run", "query --by run"),
    Screen("held", "held --dry-run"),
    Screen("rescue", "rescue --dry-run"),
    Screen("rescue-question", "rescue", "\n"),
    Screen("why", f"why {_CLUSTER} --runs 66461-66472"),
    Screen("why-run", f"why {_CLUSTER} --runs 66461"),
)
