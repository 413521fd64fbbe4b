"""How far tags are, what ended of them in a time, and when they will have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.reports.status_lines import Line

_IDLE = ("submitting", "waiting", "submitted", "evicted")


class Ends(NamedTuple):
    """The jobs of a tag that ended in a time: finished, failed, and removed or lost."""

    tag: str
    finished: int = 0
    failed: int = 0
    gone: int = 0


@dataclass(frozen=True)
class TagProgress:
    """A tag: its jobs by state now, what ended in the time of a digest, and its likely end (seconds since 1970)."""

    tag: str
    counts: Mapping[str, int]
    ends: Ends
    end: int | None = None

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return sum(self.counts.values())

    @property
    def idle(self) -> int:
        """The number of jobs that wait for a slot."""
        return sum(self.counts.get(state, 0) for state in _IDLE)

    @property
    def is_at_work(self) -> bool:
        """True if jobs ended in the time, or are not finished."""
        return bool(sum(self.ends[1:]) or self.jobs > self.counts.get("finished", 0))

    @property
    def figures(self) -> dict[str, int]:
        """The counts that digests compare."""
        return {"jobs": self.jobs, **{state: self.counts.get(state, 0) for state in _COMPARED}}


_COMPARED = ("finished", "failed", "held", "parked")


@dataclass
class _Counts:
    """The jobs of a tag by state, summed over its lines."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        for state, jobs in line.counts.items():
            self.counts[state] = self.counts.get(state, 0) + jobs


def progress_of(lines: Sequence[Line], ends: Sequence[Ends], likely: Mapping[str, int]) -> list[TagProgress]:
    """The tags at work: from the lines of the status table, what ended, and the likely ends by tag."""
    summed: dict[str, _Counts] = {}
    for line in lines:
        summed.setdefault(line.tag, _Counts()).add(line)
    ended = {one.tag: one for one in ends}
    found = [
        TagProgress(tag, one.counts, ended.get(tag, Ends(tag)), likely.get(tag)) for tag, one in sorted(summed.items())
    ]
    return [one for one in found if one.is_at_work]


def progress_table(found: Sequence[TagProgress]) -> Table:
    """A row for each tag."""
    columns = (
        Column("tag"),
        Column("jobs", kind=Kind.COUNT, level=1),
        Column("done_percent", "done", Kind.PERCENT),
        Column("finished", "+finished", Kind.COUNT, style="green"),
        Column("failed", "+failed", Kind.COUNT, style="bold red"),
        Column("gone", "+gone", Kind.COUNT, 2, drop_empty=True),
        Column("running", "run", Kind.COUNT, 1),
        Column("stalled", kind=Kind.COUNT, style="bold yellow", drop_empty=True),
        Column("idle", kind=Kind.COUNT, level=1),
        Column("held", kind=Kind.COUNT, style="bold magenta", drop_empty=True),
        Column("parked", kind=Kind.COUNT, level=2, drop_empty=True),
        Column("end", "likely end", Kind.TIME, drop_empty=True),
    )
    return Table(columns, [_cells(one) for one in found])


def _cells(one: TagProgress) -> list[Cell]:
    counts = one.counts
    done = 100.0 * counts.get("finished", 0) / one.jobs if one.jobs else None
    ends = one.ends
    running: list[Cell] = [counts.get("running", 0), counts.get("stalled", 0)]
    waiting: list[Cell] = [one.idle, counts.get("held", 0), counts.get("parked", 0)]
    return [one.tag, one.jobs, done, ends.finished, ends.failed, ends.gone, *running, *waiting, one.end]
