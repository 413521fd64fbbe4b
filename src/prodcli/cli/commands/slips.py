"""What to say about a command line that the parser refuses: one line that helps.

Pure: data in, data out.
"""

import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from typing import Any

from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.other_words import ALIASES, FOREIGN_WORDS, command_of
from prodcli.errors import UsageError, one_line

_CHOICE = re.compile(r"'([^']*)' is not one of (.*)")
_VARIABLE = re.compile(r" \(env var: '[A-Z_]+'\)")  # help names it
_QUOTED = re.compile(r"'([^']*)'")


def unknown_command(word: str) -> str:
    """A message about a word that is no command, with the commands that it may mean."""
    said = f"No such command {word!r:.60}."
    if word.lower() in FOREIGN_WORDS:
        return f"{said} Try {FOREIGN_WORDS[word.lower()]}."
    close = get_close_matches(word.lower(), [*ENTRIES, *ALIASES])
    return f"{said} Did you mean {', '.join(map(repr, close))}?" if close else said


def misplaced_option(option: str, words: Sequence[str], options_of: Callable[[str], Collection[str]]) -> str:
    """A message about an option before the verb; empty if the verb of the line has no such option."""
    verb = next(filter(None, map(command_of, words)), None)
    if verb is None:
        return f"No such option: {option} (options of a verb stand after it: prodcli VERB {option})"
    return f"{option} stands after the verb: prodcli {verb} {option}" if option in options_of(verb) else ""


def refused(error: Any) -> UsageError:
    """What the parser refuses: with the words that may be meant, and where to read on."""
    context, said = getattr(error, "ctx", None), one_line(_close_option(error) or error.format_message())
    said = _VARIABLE.sub("", said) + _close_choice(said)
    if context is None:
        return UsageError(said, todo="prodcli --help")
    said += _commands_below(context, said) + _example(context, type(error).__name__)
    return UsageError(said, todo=f"{context.command_path} --help")


def _close_option(error: Any) -> str:
    """A message about an unknown option with the one that looks most like it; empty for another error."""
    close = get_close_matches(getattr(error, "option_name", ""), getattr(error, "possibilities", None) or (), n=1)
    return f"{error.message}. Did you mean {close[0]}?" if close else ""


def _close_choice(said: str) -> str:
    """` Did you mean 'run'?` for a value that is none of those allowed, and looks like one."""
    found = _CHOICE.search(said)
    close = get_close_matches(found[1], _QUOTED.findall(found[2]), n=1) if found else []
    return f" Did you mean {close[0]!r}?" if close else ""


def _commands_below(context: Any, said: str) -> str:
    """The commands of a verb, for a word that is none of them and looks like none."""
    known = context.parent is None or not said.startswith("No such command") or "mean" in said
    return "" if known else f" There are: {', '.join(context.command.commands)}."


def _example(context: Any, kind: str) -> str:
    """The example of a verb, for a command line that lacks an option or a word."""
    example = str(context.command.epilog or "").partition("Example: ")[2]
    return f" Like: {example}" if kind == "MissingParameter" and example else ""
