"""From a command line of today to the one here."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from prodcli.errors import UsageError
from prodcli.legacy.commands import command_of
from prodcli.legacy.flags import Command, Flag, Given, NewForm


class _Parser(argparse.ArgumentParser):
    """A parser as today's commands have it: it takes prefixes, and says what is wrong in the same words."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, where=self.prog)


def translate(words: Sequence[str], read: Callable[[str], str]) -> NewForm:
    """What a command line of today is here; `read` gives the text of a file that the command line names.

    Raises UsageError for a command line that is wrong, and for a command or a flag that has no counterpart.
    """
    command, others = command_of(words)
    return command.new(_given(command, others, read))


def _given(command: Command, words: Sequence[str], read: Callable[[str], str]) -> Given:
    parser, former = _parser(command), {flag.former: flag.name for flag in command.flags if flag.former}
    said, others = parser.parse_known_args([former.get(word, word) for word in words])
    places = tuple(word for word in others if word != "--")
    unknown = [word for word in places if word.startswith("-")] or places[len(command.places) :]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    lacking = [place for place in command.places[len(places) :] if not place.startswith("[")]
    if lacking:
        parser.error(f"the following arguments are required: {', '.join(lacking)}")
    return Given(command, {name: _words(value) for name, value in vars(said).items()}, places, read)


def _parser(command: Command) -> _Parser:
    parser = _Parser(prog=command.name, add_help=False, argument_default=argparse.SUPPRESS)
    groups: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for flag in command.flags:
        if flag.group and flag.group not in groups:
            groups[flag.group] = parser.add_mutually_exclusive_group()
        place = groups[flag.group] if flag.group else parser
        place.add_argument(*flag.names.split(), dest=flag.name, **_how(flag))
    return parser


def _how(flag: Flag) -> dict[str, Any]:
    if flag.takes in ("", "count"):
        return {"action": "store_true" if not flag.takes else "count"}
    if flag.takes == "bool":
        return {"action": argparse.BooleanOptionalAction}
    choices = {"choices": flag.choices} if flag.choices else {}
    many = {"nargs": flag.takes} if flag.takes != "1" else {}
    return {"required": flag.required, **choices, **many}


def _words(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else () if value is True else (str(value),)
