"""The place that is looked at: all campaigns, the rules of one, the runs of a rule, the jobs of a run, the files of a job.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from prodcli.books.job_filter import JobFilter
from prodcli.runs.selection import ALL_RUNS, RunSelection


class Level(IntEnum):
    """The levels, from the widest to the narrowest."""

    CAMPAIGNS = 0
    RULES = 1
    RUNS = 2
    JOBS = 3
    LOG = 4


@dataclass(frozen=True)
class Place:
    """A place: what is chosen on the way to it. `name` is what people call the last choice."""

    tag: str = ""
    dataset: str = ""
    dsttypes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    run: int | None = None
    dbid: int | None = None
    name: str = ""

    @property
    def level(self) -> Level:
        """The level whose rows are seen here."""
        chosen = (self.tag, self.dsttypes, self.run is not None, self.dbid is not None)
        return Level(sum(map(bool, chosen)))

    @property
    def key(self) -> tuple[object, ...]:
        """What tells a place from others, also when the books learn another name for it."""
        return self.tag, self.dataset, self.dsttypes, self.run, self.dbid

    def into(self, name: str, **chosen: Any) -> Place:
        """The place within this one that a row stands for."""
        return replace(self, name=name, **chosen)

    @property
    def jobs(self) -> JobFilter:
        """The jobs of the place, for a verb."""
        if self.dbid is not None:
            return JobFilter(dbids=[self.dbid])
        runs = ALL_RUNS if self.run is None else RunSelection((), frozenset([self.run]))
        return JobFilter([self.tag], self.dataset, self.dsttypes, self.rules, runs)

    def values(self) -> dict[str, object]:
        """The bound values of the statements of its level."""
        if self.dbid is not None:
            return {"dbid": self.dbid}
        chosen = [("tag", self.tag), ("dataset", self.dataset), ("dsttypes", list(self.dsttypes)), ("run", self.run)]
        return dict(chosen[: (0, 2, 3, 4)[self.level]])
