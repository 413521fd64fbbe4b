"""What a refresh reads, in one statement: the rows of a place, and what stands above all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from prodcli.automation.loops_of_books import BookedLoop
from prodcli.books.rollup import Totals
from prodcli.db import Database
from prodcli.live.loop_cells import loop_of_cells
from prodcli.live.place import Level, Place
from prodcli.reports.freshness import Freshness, Harvested
from prodcli.reports.status_lines import StateCount
from prodcli.services.announcements import Announcement

MOST_ROWS = 2000  # runs or jobs of a level; those in trouble are among them
_STATEMENTS = ("live_campaigns", "live_rules", "live_runs", "live_jobs", "live_job")  # by level
_LIMITED = (Level.RUNS, Level.JOBS, Level.LOG)


class JobLine(NamedTuple):
    """A job of a list; times in seconds since 1970, memory in MB. `jobs` is the number of jobs of the run."""

    dbid: int
    job: str | None
    dsttype: str
    segment: int | None
    state: str | None
    since: int | None
    node: str | None
    memory_asked: int | None
    memory_used: int | None
    exit_code: int | None
    hold_code: str | None
    reason: str | None
    jobs: int


class FilesOfJob(NamedTuple):
    """Where the files of a job are, and its id in a queue."""

    out: str | None
    err: str | None
    log: str | None
    schedd: str | None
    cluster: int | None
    proc: int | None
    status: str | None


class ServiceTrouble(NamedTuple):
    """A service that is not up, since when (in seconds since 1970), and what is noted of that."""

    service: str
    state: str
    since: int
    note: str


class RuleName(NamedTuple):
    """A rule that made jobs of a dsttype."""

    rule: str
    dsttype: str


@dataclass(frozen=True)
class Snapshot:
    """The books at one moment, as a place sees them; lists of other levels are empty."""

    place: Place
    freshness: Freshness
    totals: Totals
    loops: Sequence[BookedLoop] = ()
    announcements: Sequence[Announcement] = ()
    services: Sequence[ServiceTrouble] = ()
    lines: Sequence[StateCount] = ()
    rules: Sequence[RuleName] = ()
    runs: int = 0  # of the rule, of which some are among the lines
    jobs: Sequence[JobLine] = ()
    files: FilesOfJob | None = None


def read_snapshot(database: Database, place: Place) -> Snapshot:
    """Read the books by one statement; raises DatabaseError if they cannot be read."""
    values = place.values() | ({"most": MOST_ROWS} if place.level in _LIMITED else {})
    found = database.read(lambda tx: list(tx.rows(_STATEMENTS[place.level], **values)))
    rows: dict[str, list[Any]] = {kind: [] for kind in _MAKERS}
    for kind, cells in found:
        rows[kind].append(_MAKERS[kind](*json.loads(cells)))
    return Snapshot(
        place,
        Freshness(rows["clock"][0], sorted(rows["harvest"])),
        _totals(rows["total"]),
        rows["loop"],
        sorted(rows["announcement"]),
        sorted(rows["service"]),
        [*rows["line"], *(line for line, _ in rows["run"])],
        rows["rule"],
        max((runs for _, runs in rows["run"]), default=0),
        rows["job"],
        next(iter(rows["files"]), None),
    )


def _totals(rows: Sequence[tuple[str, str, int]]) -> Totals:
    return {(status, substatus): count for status, substatus, count in rows}


def _line(tag: str, dsttype: str, dataset: str, state: str, jobs: int) -> StateCount:
    return StateCount(tag, dsttype, dataset, None, state, jobs)


_MAKERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "clock": int,
        "harvest": Harvested,
        "total": lambda status, substatus, jobs: (status, substatus or "", jobs),
        "loop": loop_of_cells,
        "announcement": Announcement,
        "service": ServiceTrouble,
        "line": _line,
        "rule": RuleName,
        "run": lambda run, state, jobs, runs: (StateCount("", "", "", run, state, jobs), runs),
        "job": JobLine,
        "files": FilesOfJob,
    }
)
