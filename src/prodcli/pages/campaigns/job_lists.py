"""Lists of jobs of a step: as data, which a script of the page shows, so that thousands of rows stay small.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.pages import links
from prodcli.pages.campaigns.step import Step, trail
from prodcli.pages.page import Page
from prodcli.pages.row_data import row_data
from prodcli.sizes import counted
from prodcli.states import Status, Substatus
from prodcli.tables.table import Column

if TYPE_CHECKING:
    from prodcli.campaigns.overview import Campaign

COLUMNS = (
    *("run", "segment", "state", "since", "dsttype", "node", "memory_asked", "memory_used", "exit_code"),
    *("hold_code", "dbid", "reason"),
)
_APART = frozenset({Substatus.WAITING, Substatus.STALLED, Substatus.PARKED})
IN_TROUBLE = ((Status.HELD, Substatus.PARKED, Substatus.STALLED), (Status.FAILED,))  # each is found by an index
_TROUBLE = frozenset(state for states in IN_TROUBLE for state in states)
_HEADINGS = {"memory_asked": "asked (MB)", "memory_used": "used (MB)", "since": "since (UTC)"}
_HEADINGS |= {"exit_code": "exit", "hold_code": "code", "segment": "seg"}
_MOST_TROUBLE = 5000  # rows of the page of jobs in trouble


class ListedJob(NamedTuple):
    """A job of a list: its attributes in the order of READ."""

    status: str | None
    run: int | None
    segment: int | None
    state: str | None
    since: int | None
    dsttype: str
    node: str | None
    memory_asked: int | None
    memory_used: int | None
    exit_code: int | None
    hold_code: str | None
    dbid: int
    reason: str | None


READ = ListedJob._fields  # the attributes of jobs that the lists need


def job_pages(step: Step, jobs: Sequence[ListedJob], parts: Mapping[int, int], campaign: Campaign) -> Iterator[Page]:
    """The pages of the jobs of a step, which are sorted by run, and one of those in trouble."""
    for part, some in groupby(jobs, key=lambda one: parts.get(int(one.run or 0), 1)):
        yield part_page(step, part, list(some), campaign)
    yield trouble_list(step, jobs, campaign)


def part_page(step: Step, part: int, jobs: Sequence[ListedJob], campaign: Campaign) -> Page:
    """A page of the jobs of some runs of a step, sorted by run."""
    runs = f"runs {jobs[0].run} to {jobs[-1].run}"
    return _page(links.jobs(*step, part), f"Jobs of {runs}", step, jobs, campaign)


def trouble_list(step: Step, jobs: Iterable[ListedJob], campaign: Campaign) -> Page:
    """The page of those jobs that are in trouble, of the first runs if there are many."""
    bad = sorted((one for one in jobs if _told(one.status, one.state).partition(",")[0] in _TROUBLE), key=_place)
    more = f"the first {_MOST_TROUBLE} of {len(bad)} jobs" if len(bad) > _MOST_TROUBLE else ""
    return _page(links.trouble(*step), "Jobs in trouble", step, bad[:_MOST_TROUBLE], campaign, more)


def _place(job: ListedJob) -> tuple[int, int, int]:
    return job.run or 0, job.segment or 0, job.dbid


def _page(path: str, title: str, step: Step, jobs: Sequence[ListedJob], campaign: Campaign, note: str = "") -> Page:
    way = (*trail(campaign), links.Link(step[1], links.step(*step)))
    cells = _cells(jobs)
    columns, shared = _columns(cells)
    keys = [one.key for one in columns]
    context = {
        "name": "jobs",
        "caption": f"{counted(len(jobs), 'job')} of {' '.join(step)}",
        "note": note,
        "shared": shared,
        "columns": columns,
        "data": row_data([_kind(key, cells[key]) for key in keys], [cells[key] for key in keys]),
    }
    return Page(path, "jobs.html", title, context, way)


def _cells(jobs: Sequence[ListedJob]) -> dict[str, Sequence[Any]]:
    """The cells of each column; states in words."""
    cells: dict[str, Sequence[Any]] = dict.fromkeys(READ, ())
    cells |= zip(READ, zip(*jobs, strict=True), strict=False)
    return {**cells, "state": list(map(_told, cells["status"], cells["state"]))}


@cache
def _told(status: str | None, state: str | None) -> str:
    """The state of a job in words as its step counts it: `finished`, `stalled`, `failed, lost`."""
    status_told = Status.RUNNING if status == Status.STARTED else status or "other"
    told = state if state in _APART else status_told
    exact = state not in (None, status, told)
    return f"{told}, {state}" if exact else str(told)


def _columns(cells: Mapping[str, Sequence[Any]]) -> tuple[list[Column], list[str]]:
    """The columns of a list, and what all its jobs share, which needs none."""
    columns, shared = [], []
    for key in COLUMNS:
        heading = _HEADINGS.get(key, key)
        values = set(cells[key])
        if len(values) > 1 or key in ("run", "segment", "state", "dbid"):
            columns.append(Column(key, heading))
        elif values - {None}:
            shared.append(f"{heading}: {_in_words(key, values.pop())}")
    return columns, shared


def _in_words(key: str, cell: Any) -> str:
    """A cell as the script of the page shows it."""
    return f"{datetime.fromtimestamp(cell, UTC):%Y-%m-%d %H:%M}" if key == "since" else str(cell)


def _kind(key: str, cells: Sequence[Any]) -> str:
    if key == "since":
        return "time"
    return "word" if any(isinstance(one, str) for one in cells) else "number"
