"""Ask before work that changes or removes existing jobs and files.

A question needs stdin, stdout and stderr to be terminals, so that people also see the table above it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence

from prodcli.errors import Interrupted, ProdError, TermSignal, UsageError, ended_by
from prodcli.secrets import hide_secrets

_NOTHING = "nothing was changed"
_NAMED = 3
Listing = Callable[[], None]


def require_consent(question: str, yes: bool, shown: bool = True, list_all: Listing | None = None) -> None:
    """Ask on a terminal unless `--yes`; raises ProdError for "no", UsageError without a terminal.

    `shown`: whether the table of the question was shown; JSON and CSV come after the work. `list_all` shows every job.
    """
    if not agreed(question, yes, shown, list_all):
        raise ProdError(_NOTHING)


def require_word(question: str, word: str, yes: bool, shown: bool = True) -> None:
    """Ask for a word before work that cannot be undone; raises ProdError for another word, UsageError without a terminal."""
    if not yes and _answer(question, f" Type {word} to go on: ", shown) != word:
        raise ProdError(_NOTHING)


def agreed(question: str, yes: bool, shown: bool = True, list_all: Listing | None = None) -> bool:
    """True if the answer to a question is yes; raises UsageError without a terminal."""
    return yes or answered(question, {}, shown, list_all) == "y"


def answered(question: str, others: Mapping[str, str], shown: bool = True, list_all: Listing | None = None) -> str:
    """`y`, one of other letters (`t`: `5 first`), or an empty text for no; `l` lists all jobs first.

    Raises UsageError without a terminal.
    """
    known = dict(others) | ({"l": "list jobs"} if list_all else {})
    how = f" [{'/'.join(['y', 'N', *(f'{letter} = {words}' for letter, words in known.items())])}] "
    while (answer := _answer(question, how, shown).casefold()) == "l" and list_all:
        list_all()
    return "y" if answer in ("y", "yes") else answer if answer in others else ""


def named(things: Sequence[str]) -> str:
    """Some names for a question: `a, b, c and 12 more`."""
    more = len(things) - _NAMED
    return ", ".join(things[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def can_ask() -> bool:
    """True if people see tables and questions, and can answer."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def typed(question: str) -> str:
    """The typed answer; raises Interrupted or Terminated for a signal at the question."""
    sys.stdout.flush()
    try:
        sys.stderr.write(hide_secrets(question))
        sys.stderr.flush()
        return sys.stdin.readline().strip()
    except (KeyboardInterrupt, TermSignal) as signal:
        sys.stderr.write("\n")
        kind = ended_by(signal) or Interrupted
        raise kind(f"{kind.word} at this question; {_NOTHING}", where=question.strip()) from None


def _answer(question: str, how: str, shown: bool) -> str:
    if not can_ask():
        raise UsageError("needs a terminal or --yes", where=question.rstrip("?"), todo="--dry-run shows it")
    if not shown:
        raise UsageError("needs --yes with --format json or csv", where=question.rstrip("?"), todo="--dry-run shows it")
    return typed(question + how)
