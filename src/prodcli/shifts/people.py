"""Who did what: actions of people by author and verb, and what loops and cron passes did.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.books.actions import LogEntry

_REASONS = 3  # that a row names


@dataclass(frozen=True)
class Deed:
    """The actions of one verb by one person; `last` in seconds since 1970."""

    author: str
    verb: str
    actions: int
    jobs: int
    last: int
    reasons: tuple[str, ...]


class PassesOfFile(NamedTuple):
    """What passes over a file on a host did: jobs submitted, files registered, jobs finished and recovered; and errors."""

    host: str
    file: str
    passes: int
    submitted: int
    registered: int
    finished: int
    recovered: int
    errors: int


def deeds_of(entries: Iterable[LogEntry]) -> list[Deed]:
    """The actions of the log by author and verb, the newest last."""
    found: dict[tuple[str, str], list[LogEntry]] = {}
    for one in entries:
        verb = f"rescue: {one.verb}" if "rescue" in one.parameters else one.verb
        found.setdefault((one.account, verb), []).append(one)
    deeds = [
        Deed(
            author,
            verb,
            len(actions),
            sum(one.jobs for one in actions),
            max(one.started for one in actions),
            tuple(dict.fromkeys(one.reason for one in actions if one.reason)),
        )
        for (author, verb), actions in found.items()
    ]
    return sorted(deeds, key=lambda one: (one.author, one.last, one.verb))


def deed_table(found: Sequence[Deed]) -> Table:
    """A row for each person and verb, with the reasons that were given."""
    columns = (
        Column("who"),
        Column("verb"),
        Column("actions", kind=Kind.COUNT, level=1),
        Column("jobs", kind=Kind.COUNT),
        Column("last", kind=Kind.TIME, level=1),
        Column("reasons", kind=Kind.DETAIL, drop_empty=True),
    )
    rows: list[list[Cell]] = [[one.author, one.verb, one.actions, one.jobs, one.last, _reasons(one)] for one in found]
    return Table(columns, rows)


def _reasons(one: Deed) -> str:
    more = len(one.reasons) - _REASONS
    return "; ".join(one.reasons[:_REASONS]) + (f"; {more} more" if more > 0 else "")


def pass_table(found: Sequence[PassesOfFile]) -> Table:
    """A row for each file and host that was passed over."""
    columns = (
        Column("host"),
        Column("file", kind=Kind.PATH),
        Column("passes", kind=Kind.COUNT, level=1),
        *(Column(name, kind=Kind.COUNT) for name in ("submitted", "registered")),
        *(Column(name, kind=Kind.COUNT, level=1) for name in ("finished", "recovered")),
        Column("errors", kind=Kind.COUNT, style="red", drop_empty=True),
    )
    rows: list[list[Cell]] = [[one.host, one.file, *map(int, one[2:])] for one in found]
    return Table(columns, rows)
