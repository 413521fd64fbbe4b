"""What the log of a service says of some minutes, by the command of the site."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prodcli.errors import one_line
from prodcli.names import fill
from prodcli.services.site_commands import run_command

if TYPE_CHECKING:
    from prodcli.config.profile import Site

_AROUND = 60  # seconds before and after
_LONGEST = 300  # letters of a line


def log_lines(site: Site, service: str, since: int, until: int, most: int = 5) -> list[str]:
    """The first lines of the log of a service from a minute before a time to a minute after another; empty without a command."""
    terms = site.services.get(service)
    if terms is None or not terms.log:
        return []
    times = {"since": _iso(since - _AROUND), "until": _iso(until + _AROUND)}
    answer = run_command([fill(word, times) for word in terms.log], site.folder)
    lines = [one_line(line)[:_LONGEST] for line in answer.text.splitlines() if line.strip()]
    if answer.code != 0:
        ended = "does not end" if answer.code is None else f"ended with {answer.code}"
        return [f"{terms.log[0]} {ended}{f': {lines[0]}' if lines else ''}"]
    return lines[:most]


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
