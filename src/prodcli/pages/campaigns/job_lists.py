"""Lists of jobs of a step: as data, which a script of the page shows, so that thousands of rows stay small.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from prodcli.pages import links
from prodcli.pages.campaigns.step import Step, trail
from prodcli.pages.page import Page
from prodcli.pages.row_data import row_data
from prodcli.states import Status, Substatus
from prodcli.tables.table import Column

if TYPE_CHECKING:
    from prodcli.campaigns.overview import Campaign

COLUMNS = (
    *("run", "segment", "state", "since", "dsttype", "node", "memory_asked", "memory_used", "exit_code"),
    *("hold_code", "dbid", "reason"),
)
READ = ("status", *COLUMNS)  # the attributes of jobs that the lists need
_APART = frozenset({Substatus.WAITING, Substatus.STALLED, Substatus.PARKED})
_TROUBLE = frozenset({Status.HELD, Status.FAILED, Substatus.PARKED, Substatus.STALLED})
_HEADINGS = {"memory_asked": "asked (MB)", "memory_used": "used (MB)", "since": "since (UTC)"}
_HEADINGS |= {"exit_code": "exit", "hold_code": "code", "segment": "seg"}
_MOST_TROUBLE = 5000  # rows of the page of jobs in trouble
Job = Mapping[str, Any]


def job_pages(step: Step, jobs: Sequence[Job], parts: Mapping[int, int], campaign: Campaign) -> Iterator[Page]:
    """The pages of the jobs of a step, which are sorted by run, and one of those in trouble."""
    way = (*trail(campaign), links.Link(step[1], links.step(*step)))
    told = [_told(one) for one in jobs]
    for part, some in groupby(told, key=lambda one: parts.get(int(one["run"] or 0), 1)):
        chosen = list(some)
        runs = f"runs {chosen[0]['run']} to {chosen[-1]['run']}"
        yield _page(links.jobs(*step, part), f"Jobs of {runs}", step, chosen, way)
    bad = [one for one in told if one["state"].partition(",")[0] in _TROUBLE]
    more = f"the first {_MOST_TROUBLE} of {len(bad)} jobs" if len(bad) > _MOST_TROUBLE else ""
    yield _page(links.trouble(*step), "Jobs in trouble", step, bad[:_MOST_TROUBLE], way, more)


def _page(path: str, title: str, step: Step, jobs: Sequence[Job], way: Sequence[links.Link], note: str = "") -> Page:
    columns, shared = _columns(jobs)
    context = {
        "name": "jobs",
        "caption": f"{len(jobs)} jobs of {' '.join(step)}",
        "note": note,
        "shared": shared,
        "columns": columns,
        "data": _data([one.key for one in columns], jobs),
    }
    return Page(path, "jobs.html", title, context, way)


def _told(job: Job) -> Job:
    """The job with its state in words as its step counts it: `finished`, `stalled`, `failed, lost`."""
    status = Status.RUNNING if job["status"] == Status.STARTED else job["status"] or "other"
    state = job["state"] if job["state"] in _APART else status
    exact = job["state"] not in (None, job["status"], state)
    return {**job, "state": f"{state}, {job['state']}" if exact else str(state)}


def _columns(jobs: Sequence[Job]) -> tuple[list[Column], list[str]]:
    """The columns of a list, and what all its jobs share, which needs none."""
    columns, shared = [], []
    for key in COLUMNS:
        heading = _HEADINGS.get(key, key)
        cells = {job[key] for job in jobs}
        if len(cells) > 1 or key in ("run", "segment", "state", "dbid"):
            columns.append(Column(key, heading))
        elif cells - {None}:
            shared.append(f"{heading}: {cells.pop()}")
    return columns, shared


def _data(keys: Sequence[str], jobs: Sequence[Job]) -> dict[str, Any]:
    cells = [[job[key] for job in jobs] for key in keys]
    return row_data([_kind(*one) for one in zip(keys, cells, strict=True)], cells)


def _kind(key: str, cells: Sequence[Any]) -> str:
    if key == "since":
        return "time"
    return "word" if any(isinstance(one, str) for one in cells) else "number"
