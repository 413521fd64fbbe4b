"""Hints on stderr for a question that finds nothing: the names in it that no job has, and what may be meant."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prodcli.errors import DatabaseError

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.reports.known_names import Asked


def hint(session: Session, asked: Asked, found: bool) -> None:
    """Say which names of a question no job has, if nothing was found, or if one of several tags may have no job."""
    if session.quiet or (found and len(asked.tags or ()) < 2):
        return
    from prodcli.reports.known_names import unknown_names

    try:
        lines = unknown_names(session.database("production_read", read_only=True), asked, session.site.dsttypes)
    except DatabaseError:  # the question has been answered
        return
    sys.stdout.flush()  # the hint is read below the empty table
    for line in lines:
        session.say(line)
