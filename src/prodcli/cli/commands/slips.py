"""What to say about words that are no command, and about options that stand at the wrong place.

Pure: data in, data out.
"""

from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches

from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.other_words import ALIASES, FOREIGN_WORDS, command_of


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
