"""The words of a command line as the parser takes them: options that take many words get one flag for each word.

Pure: data in, data out.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from prodcli.cli.options import MANY, MANY_OF_JOBS

# Options whose words may hold commas that separate nothing: they have a grammar of their own.
_OWN_GRAMMAR = frozenset(
    {"--runs", "--exclude", "--segments", "--mask", "--assume-mask", "--hosts", "--apply", "--where"}
)
# Options whose words are names, so that a number, a job id or a file after them is a word of the verb.
_NAMES = frozenset(
    {
        "--tag",
        "--state",
        "--until-all",
        "--until-any",
        "--ignore-state",
        "--unblock",
        "--sort",
        "--columns",
        "--schedds",
        "--service",
        "--result",
        *MANY_OF_JOBS,
    }
)
_NO_NAME = re.compile(r"[0-9]+(?:[.,:@-]\S*)?|.*\.root")


def fold_many(args: Sequence[str], many: Collection[str] = MANY) -> list[str]:
    """Give every word of a *many* option its own flag: `--code 34,21 13 -n` becomes `--code 34 --code 21 --code 13 -n`."""
    folded: list[str] = []
    option = ""
    for i, word in enumerate(args):
        if word == "--":
            return folded + list(args[i:])
        name, equals, value = word.partition("=")
        if word in many:
            option = word
            if i + 1 == len(args) or args[i + 1].startswith("-"):
                folded.append(word)  # the parser says that it lacks a value
        elif word.startswith("-"):
            option = ""
            folded += [f"{name}={part}" for part in _parts(name, value)] if equals and name in many else [word]
        elif option in _NAMES and _NO_NAME.fullmatch(word):
            option = ""
            folded.append(word)
        else:
            folded += [said for part in _parts(option, word) for said in (option, part)] if option else [word]
    return folded


def open_option(args: Sequence[str], incomplete: str) -> str:
    """The *many* option that the next word belongs to, which words without the option follow already; empty for none."""
    option = ""
    for word in args:
        if word.startswith("-"):
            option = word if word in MANY else ""
        elif option in _NAMES and _NO_NAME.fullmatch(word):
            option = ""
    follows = args and not args[-1].startswith("-") and not incomplete.startswith("-")
    return option if follows and not (option in _NAMES and incomplete[:1].isdigit()) else ""


def _parts(option: str, word: str) -> Iterator[str]:
    """A word cut at its commas, unless the option has a grammar of its own; a word of commas alone stays."""
    parts = [word] if option in _OWN_GRAMMAR else [part for part in word.split(",") if part]
    yield from parts or [word]
