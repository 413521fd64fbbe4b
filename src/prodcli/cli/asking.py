"""Asking before work that changes or removes what exists."""

import sys

from prodcli.errors import ProdError, UsageError


def require_consent(question: str, yes: bool) -> None:
    """Ask on a terminal unless `--yes`; off a terminal raise UsageError without it."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here", where=question, todo="look at --dry-run, then say --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise ProdError("nothing was changed")
