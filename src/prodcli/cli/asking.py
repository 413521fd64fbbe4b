"""Asking before work that changes or removes what exists."""

import sys
from collections.abc import Sequence

from prodcli.errors import ProdError, UsageError

_NAMED = 3


def require_consent(question: str, yes: bool) -> None:
    """Ask on a terminal unless `--yes`; off a terminal raise UsageError without it."""
    if not agreed(question, yes):
        raise ProdError("nothing was changed")


def require_word(question: str, word: str, yes: bool) -> None:
    """The same for what cannot be undone: a word has to be typed."""
    if not yes and _answer(question, f" Type {word} to go on: ") != word:
        raise ProdError("nothing was changed")


def agreed(question: str, yes: bool) -> bool:
    """The answer to a question; off a terminal raise UsageError without `--yes`."""
    return yes or _answer(question, " [y/N] ").casefold() in ("y", "yes")


def named(things: Sequence[str]) -> str:
    """Things by name, as a question has room for them: `a, b, c and 12 more`."""
    more = len(things) - _NAMED
    return ", ".join(things[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _answer(question: str, how: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here", where=question, todo="look at --dry-run, then say --yes")
    sys.stderr.write(f"{question}{how}")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
