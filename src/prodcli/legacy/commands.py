"""All commands of today: those that have a counterpart, and those that have none.

Pure: data in, data out.
"""

from collections.abc import Sequence
from types import MappingProxyType

from prodcli.errors import UsageError
from prodcli.legacy import sphenixprod_commands, sphenixprod_memory
from prodcli.legacy.flags import Command
from prodcli.legacy.kaedama import KAEDAMA
from prodcli.legacy.ramenya import RAMENYA
from prodcli.names import did_you_mean

_ALL = (*sphenixprod_commands.COMMANDS, *sphenixprod_memory.COMMANDS, KAEDAMA, *RAMENYA)
COMMANDS = MappingProxyType({command.name: command for command in _ALL})
# Names of files that mean another command.
ALSO = MappingProxyType({"kaedama.py": "kaedama", "ramenya.py": "ramenya", "ramenya2.py": "ramenya"})
# Commands without a counterpart, and what does such a thing.
GONE = MappingProxyType(
    {
        "execute_condorsubmission.py": "`prodcli submit` submits what it renders; create_submission.py --andgo does both",
        "monitor_plots.py": "see `prodcli memory`, and `prodcli query efficiency`",
        "custom_resubmit.py": "see `prodcli resubmit` for memory, `prodcli park` and `prodcli unpark` for cores and disk",
    }
)
# A file that is sourced: it puts the wrappers first in PATH.
SOURCED = "this_sphenixprod.sh"


def wrapper_names() -> tuple[str, ...]:
    """The names of the files of all wrappers."""
    return tuple(dict.fromkeys([*(name.split()[0] for name in COMMANDS), *ALSO, *GONE, SOURCED]))


def command_of(words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command of a command line of today, and its other words; raises UsageError for one without a counterpart."""
    name, *others = words
    name = ALSO.get(name.rpartition("/")[2], name.rpartition("/")[2])
    if name in COMMANDS:
        return COMMANDS[name], others
    if name in GONE:
        raise UsageError(f"{name} has no counterpart: {GONE[name]}")
    return _below(name, others)


def _below(name: str, words: list[str]) -> tuple[Command, list[str]]:
    """A command with commands of its own, such as `ramenya query`; flags before the word count as those behind it."""
    below = [known.split()[1] for known in COMMANDS if known.split()[0] == name]
    if not below:
        raise UsageError(
            f"{name!r:.80} is no command of today{did_you_mean(name, wrapper_names())}", todo="prodcli legacy show"
        )
    at = next((i for i, word in enumerate(words) if not word.startswith("-")), len(words))
    if at == len(words) or words[at] not in below:
        raise UsageError(f"{name} is followed by one of: {', '.join(below)}")
    return COMMANDS[f"{name} {words[at]}"], [*words[:at], *words[at + 1 :]]
