"""The log of actions: a line for each action for people, and all that the books have of it for programs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prodcli.errors import one_line
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodcli.books.actions import LogEntry, Subject

Subjects = Mapping[str, Sequence["Subject"]]  # by action
_NEWEST = 20  # actions that people see
_ABOUT = (
    "notes",
    "address",
    "rule",
    "tag",
    "hosts",
    "runs",
    "segments",
    "nodes",
    "label",
    "data",
    "files",
    "clusters",
    "cluster",
    "states",
)
_FEW = 2  # tags and dsttypes that a line names


def log_table(entries: Sequence[LogEntry], subjects: Subjects, family: Callable[[str], str], every: bool) -> Table:
    """The newest actions, oldest first: when, who, what, how many jobs, about what, and why."""
    shown, now = entries if every else entries[-_NEWEST:], int(time.time())
    columns = (
        Column("when", kind=Kind.AGO), Column("who"), Column("verb"), Column("result"), Column("about", drop_empty=True),
        Column("reason", drop_empty=True, level=1),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            min(one.started, now),  # clocks differ a little
            one.account,
            _verb(one),
            _result(one),
            one_line(_about(one, subjects.get(one.id, ()), family)),
            f'"{one.reason}"' if one.reason else "",
        ]
        for one in shown
    ]
    earlier = len(entries) - len(shown)
    note = f"{counted(earlier, 'earlier action')} not shown (--all)" if earlier else ""
    return Table(columns, rows, note=note if rows else "nothing was done")


def log_data(entries: Sequence[LogEntry], subjects: Subjects) -> list[dict[str, Any]]:
    """All actions with all that the books have of them."""
    return [
        {
            "when": datetime.fromtimestamp(one.started, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "verb": one.verb,
            "who": one.account,
            "host": one.host,
            "jobs": one.jobs,
            "state": one.state,
            "result": one.result,
            "reason": one.reason,
            "tags": sorted({row.tag for row in subjects.get(one.id, ())}),
            "dsttypes": sorted({row.dsttype for row in subjects.get(one.id, ())}),
            "parameters": dict(one.parameters),
            "id": one.id,
        }
        for one in entries
    ]


def log_csv(entries: Sequence[LogEntry], subjects: Subjects) -> Table:
    """All actions, with lists and parameters as words."""
    rows = log_data(entries, subjects)
    keys = list(rows[0]) if rows else ["when"]
    return Table(list(map(Column, keys)), [[_plain(row[key]) for key in keys] for row in rows])


def _verb(one: LogEntry) -> str:
    return f"rescue: {one.verb}" if "rescue" in one.parameters else one.verb


def _result(one: LogEntry) -> str:
    """`52 of 52 jobs`; that an action is still open."""
    if one.state != "done":
        return f"open, {counted(one.jobs, 'job')}"
    return one.result.removesuffix(" changed")


def _about(one: LogEntry, subjects: Sequence[Subject], family: Callable[[str], str]) -> str:
    """The tags and dsttypes of its jobs, else the things that its parameters name."""
    if not subjects:
        return ", ".join(_parameters(one.parameters))
    tags = sorted({row.tag for row in subjects})
    names = sorted({family(row.dsttype) for row in subjects})
    words = [tags[0] if len(tags) == 1 else counted(len(tags), "tag"), *names[:_FEW]]
    more = [f"{len(names) - _FEW} more"] if len(names) > _FEW else []
    return ", ".join([*words, *more])


def _parameters(parameters: Mapping[str, Any]) -> Iterator[str]:
    for key in _ABOUT:
        if value := parameters.get(key):
            yield str(_plain(value)) if key not in ("runs", "segments") else f"{key} {_plain(value)}"


def _plain(value: object) -> Cell:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return " ".join(str(_plain(one)) for one in value)
    return value if isinstance(value, int | float) or value is None else str(value)
