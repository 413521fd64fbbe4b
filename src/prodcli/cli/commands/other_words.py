"""Other words for the commands: aliases, and words of other tools."""

from collections.abc import Sequence
from itertools import pairwise
from types import MappingProxyType

from prodcli.cli.command_groups import ENTRIES

# Other words that mean a command just as well.
ALIASES = MappingProxyType({"status": "query", "mark-held": "held", "remove": "erase"})
# Former words for options.
OLD_OPTIONS = MappingProxyType({"--expires": "--until", "--expired": "--all"})
# Words of other tools that mean no command here, each with the commands that do such a thing.
FOREIGN_WORDS = MappingProxyType(
    {
        "list": "jobs, rules list or files",
        "ls": "jobs or files",
        "show": "query, rules show or config show",
        "q": "query or jobs",
        "progress": "query",
        "held-jobs": "held",
        "tail": "logs, or job --out",
        "cat": "logs, or job --out",
        "fix": "rescue",
        "retry": "resubmit",
        "rerun": "resubmit, or submit --force for finished jobs",
        "redo": "resubmit, or submit --force for finished jobs",
        "restart": "resubmit",
        "resume": "release or unpark",
        "stop": "hold or kill",
        "pause": "hold or park",
        "suspend": "hold or park",
        "cancel": "kill",
        "rm": "kill for jobs, erase for outputs",
        "delete": "kill for jobs, erase for outputs",
        "clean": "cleanup",
        "qedit": "priority or resubmit",
        "prio": "priority",
        "update": "harvest",
        "sync": "harvest",
        "poll": "harvest",
        "run": "submit",
        "start": "submit",
        "create": "submit",
        "plan": "submit --dry-run",
        "dry-run": "submit --dry-run",
        "explain": "why",
        "history": "log",
        "audit": "log",
        "exclude": "mask, runs invalid or nodes exclude",
        "info": "query or config show",
        "settings": "config show",
        "disk": "usage",
        "du": "usage",
        "condor_q": "query or jobs",
        "condor_watch_q": "query --watch 10",
        "condor_history": "jobs or log",
        "condor_submit": "submit",
        "condor_hold": "hold",
        "condor_release": "release",
        "condor_rm": "kill",
        "condor_qedit": "priority or resubmit",
        "squeue": "query or jobs",
        "scancel": "kill",
    }
)


def apart_from_today(args: Sequence[str]) -> list[str]:
    """A command line in which words of another tool, behind `legacy show` and the command, are no options of ours."""
    for i, pair in enumerate(pairwise(args)):
        behind = [*args[i + 2 : i + 3], "-"][0]
        if pair in (("legacy", "show"), ("legacy", "run")) and not behind.startswith("-"):
            return [*args[: i + 2], "--", *args[i + 2 :]]
    return list(args)


def in_present_words(args: Sequence[str]) -> list[str]:
    """A command line with today's words for its options: `--expires=3d` becomes `--until=3d`."""
    return [
        OLD_OPTIONS.get(name, name) + equals + value for name, equals, value in (word.partition("=") for word in args)
    ]


def command_of(word: str) -> str | None:
    """The command that a word means, in any letters; None for a word that means none."""
    name = word.lower().replace("_", "-")
    name = ALIASES.get(name, name)
    return name if name in ENTRIES else None
