"""The lines above every level: where this is, how fresh the figures are, totals, and what everybody should see.

Pure: data in, data out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from prodcli.errors import one_line
from prodcli.live.place import Place
from prodcli.reports.status_lines import totals_in_words
from prodcli.time_text import clock_time, in_one_unit

if TYPE_CHECKING:
    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.books.rollup import Totals
    from prodcli.live.snapshot import Snapshot

Line = tuple[str, str]  # a text and its style
_MOST = 5  # troubles
_MOST_LINES = 3  # of one trouble


@dataclass(frozen=True)
class Reading:
    """What was read last, how many seconds ago, and why nothing newer is known; `due` seconds is a good age."""

    seen: Snapshot | None
    age: float
    due: float
    trouble: str = ""

    def line(self, zone: tzinfo = UTC) -> Line | None:
        """Since when the figures are stale; None for fresh ones."""
        if self.seen is None:
            return (f"nothing is read yet: {one_line(self.trouble)}", "bold red") if self.trouble else None
        if not self.trouble and self.age <= self.due:
            return None
        since = clock_time(self.seen.freshness.now, zone)
        why = f": {one_line(self.trouble)}" if self.trouble else ""
        return f"STALE: figures of {since}, {in_one_unit(int(self.age))} old{why}", "bold red"


def head_lines(
    reading: Reading, title: str, since: Totals | None, silent: Collection[BookedLoop], width: int, zone: tzinfo = UTC
) -> list[Line]:
    """The lines, no wider than the screen; `since` are the totals to which changes refer, `silent` the silent loops."""
    seen = reading.seen
    fresh = "" if seen is None else seen.freshness.words(zone)
    lines: list[Line] = [(_ends(title, fresh, width), "bold")]
    if seen is not None:
        lines.append((totals_in_words(seen.totals, seen.totals if since is None else since), ""))
    stale = reading.line(zone)
    trouble = [*([stale] if stale else []), *(news(seen, silent, zone) if seen is not None else ())]
    over = len(trouble) - _MOST
    trouble = trouble[: _MOST - 1] + [(f"and {over + 1} more lines like these", "yellow")] if over > 0 else trouble
    cut = [(_cut(text, width), style) for text, style in lines]
    return cut + [(piece, style) for text, style in trouble for piece in _folded(text, width)]


def news(seen: Snapshot, silent: Collection[BookedLoop], zone: tzinfo) -> Iterator[Line]:
    """Silent loops, services that are not up, and announcements."""
    yield from ((one_line(loop.silence), "bold red") for loop in silent)
    for one in seen.services:
        note = f" ({one_line(one.note)})" if one.note else ""
        style = "bold red" if one.state == "down" else "yellow"
        yield f"{one_line(one.service)} {one.state} since {clock_time(one.since, zone)}{note}", style
    yield from ((f"{one_line(one.text)} ({one_line(one.author)})", "bold yellow") for one in seen.announcements)


def way_to(place: Place, names: Collection[str], width: int) -> str:
    """`campaigns > ana537_2025p010_v001 > DST_CALO > run 66499`; too long a way loses its beginning."""
    return end_of(" > ".join(["campaigns", *map(one_line, names)]), width)


def end_of(text: str, width: int) -> str:
    """A text in one line; too long a text loses its beginning, as the end of a path tells most."""
    return text if len(text) <= width else f"…{text[-max(1, width - 1) :]}"


def _ends(left: str, right: str, width: int) -> str:
    """Two texts at the ends of a line; where there is no room for both, the right one is below all else."""
    gap = width - len(left) - len(right)
    return f"{left}{' ' * gap}{right}" if gap >= 2 else f"{left}  {right}"


def _folded(text: str, width: int) -> list[str]:
    """A text on a few lines."""
    lines = textwrap.wrap(text, width, max_lines=_MOST_LINES, placeholder=" …")
    return lines or [""]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
