"""Chosen jobs as tables: their attributes counted, their errors, and a list."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from prodcli.jobs.attributes import ATTRIBUTES
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.jobs.error_summary import ErrorLine
    from prodcli.jobs.summary import SummaryLine


def overview_table(total: int, lines: Sequence[tuple[str, str]]) -> Table:
    """A row for each attribute that tells jobs apart."""
    title = f"{total} job{'' if total == 1 else 's'}"
    return Table((Column("attribute"), Column("values", "values and their jobs")), lines, title=title)


def summary_table(lines: Sequence[SummaryLine], few: bool) -> Table:
    """A row for each value of each attribute."""
    columns = (
        Column("attribute"),
        Column("value", level=2),
        Column("jobs", kind=Kind.COUNT),
        Column("percent", "%", Kind.PERCENT, level=1),
        Column("option", "narrow with"),
    )
    rows = [[one.attribute, one.value, one.jobs, round(one.percent, 1), one.option or one.value] for one in lines]
    return Table(columns, rows, note=("all values: --all" if few else "") if rows else "no job matches")


def error_table(lines: Sequence[ErrorLine]) -> Table:
    """A row for each kind of error."""
    columns = (
        Column("jobs", kind=Kind.COUNT),
        Column("error"),
        Column("meaning", level=3, drop_empty=True),
        Column("asked_min", "asked", Kind.MEMORY, level=2, to="asked_max", drop_empty=True),
        Column("asked_max", kind=Kind.MEMORY),
        Column("used_min", "used", Kind.MEMORY, level=2, to="used_max", drop_empty=True),
        Column("used_max", kind=Kind.MEMORY),
        Column("first", "since", Kind.AGO, level=1),
        Column("last", kind=Kind.AGO, level=4),
        Column("example", "dbid", Kind.NUMBER, level=1),
        Column("reason", kind=Kind.DETAIL),
        Column("options", "choose with", Kind.COMMAND),
    )
    rows = [_error_row(one) for one in lines]
    return Table(columns, rows, title="in trouble" if rows else "", note="" if rows else "no job is in trouble")


def _error_row(one: ErrorLine) -> list[Cell]:
    count = one.count
    memory = (count.asked_min, count.asked_max, count.used_min, count.used_max)
    return [count.jobs, one.kind, one.meaning, *memory, count.first, count.last, count.example, one.text, one.options]


_LEVELS = MappingProxyType(
    {"dbid": 0, "job": 1, "state": 0, "since": 4, "dsttype": 2, "run": 0, "segment": 0, "node": 3}
)


def job_table(keys: Sequence[str], jobs: Sequence[Mapping[str, Any]], total: int | None, few: bool) -> Table:
    """A row for each job, of `total` jobs if that is known."""
    columns = [_column(key) for key in keys]
    more = max(0, total - len(jobs)) if total is not None else 0
    note = (
        f"and {more} more (--all: all)"
        if more
        else "the newest jobs; choose others, or --all"
        if few and total is None
        else ""
    )
    hints = [f"all about one: prodcli job {jobs[0]['dbid']}"] if jobs and "dbid" in keys else []
    rows = [[job[key] for key in keys] for job in jobs]
    return Table(columns, rows, note=note if jobs else "no job matches", hints=hints)


def _column(key: str) -> Column:
    kind = Kind.AGO if key == "since" else ATTRIBUTES[key].kind
    return Column(key, kind=kind, level=_LEVELS.get(key, 5), shared=key in ("tag", "dsttype", "dataset", "rule"))
