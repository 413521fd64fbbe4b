"""Asking before work that changes or removes what exists."""

import sys

from prodcli.errors import ProdError, UsageError


def require_consent(question: str, yes: bool) -> None:
    """Ask on a terminal unless `--yes`; off a terminal raise UsageError without it."""
    if not agreed(question, yes):
        raise ProdError("nothing was changed")


def agreed(question: str, yes: bool) -> bool:
    """The answer to a question; off a terminal raise UsageError without `--yes`."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here", where=question, todo="look at --dry-run, then say --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")
