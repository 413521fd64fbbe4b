"""The reports of attempts that ended: throughput by hour, waste, efficiency, restarts.

They look back from now: a week, or as far as they are asked to.
"""

from __future__ import annotations

from dataclasses import replace

from prodcli.db import Database
from prodcli.reports.books_report import PRODUCT, BooksReport, Question, percent, ratio
from prodcli.reports.folded_rows import Figures, Folding
from prodcli.reports.job_figures import names
from prodcli.tables.table import Cell, Column, Kind, Table

_HOUR = 3600
_DAY = 24 * _HOUR
WEEK = 7 * _DAY  # that reports of ends look back


def throughput(database: Database, question: Question) -> Table:
    """The ends of each hour, by the time of the end, from the first hour that has some; looks back one day.

    With every row that is asked for, hours before that, too.
    """
    asked = _since(question, question.now % _HOUR + 23 * _HOUR)
    report = BooksReport("ends_by_hour", Folding(("hour",)), [])
    rows = {row["hour"]: row for row in report.rows(database, asked)}
    begin = (asked.filters.since or 0) // _HOUR * _HOUR
    hours = range(begin if question.every else min(rows, default=question.now + 1), question.now + 1, _HOUR)
    none: Figures = {"finished": 0, "failed": 0, "wall": None}
    most = max((row["finished"] + row["failed"] for row in rows.values()), default=0)
    cells = [_of_hour(hour, rows.get(hour, none), most) for hour in hours]
    return Table(_throughput_columns(), cells, note="" if rows else "nothing ended in this time")


def _of_hour(hour: int, row: Figures, most: int) -> list[Cell]:
    ends = row["finished"] + row["failed"]
    busy = None if row["wall"] is None else row["wall"] / _HOUR
    return [hour, ends, percent(ends, most), row["finished"], row["failed"], percent(row["failed"], ends), busy]


def _throughput_columns() -> list[Column]:
    return [
        Column("hour", "hour that begins", Kind.TIME),
        Column("ends", kind=Kind.COUNT),
        Column("of_best", "of the best hour", Kind.LENGTH, 2),
        Column("finished", "done", Kind.COUNT, 1, "green"),
        Column("failed", "fail", Kind.COUNT, 1, "bold red"),
        Column("failed_percent", "fail %", Kind.PERCENT, 3),
        Column("wall_hours", "wall hours", Kind.NUMBER, 2),
    ]


def waste(database: Database, question: Question) -> Table:
    """Wall and CPU hours that went into attempts which did not finish, by dsttype. Looks back a week."""
    if question.by == "phase":
        return _wasted_phases(database, question)
    columns = [
        *names(),
        Column("attempts", kind=Kind.COUNT, level=3),
        Column("lost", kind=Kind.COUNT, style="bold red"),
        Column("failed", "fail", Kind.COUNT, 3, drop_empty=True),
        Column("removed", kind=Kind.COUNT, level=3, drop_empty=True),
        Column("held", kind=Kind.COUNT, level=3, drop_empty=True),
        Column("lost_wall_hours", "hours lost", Kind.NUMBER),
        Column("lost_percent", "% lost", Kind.PERCENT, 1),
        Column("lost_cpu_hours", "CPU h lost", Kind.NUMBER),
        Column("wall_hours", "wall h", Kind.NUMBER, 4),
        Column("cpu_hours", "CPU h", Kind.NUMBER, 4),
    ]
    report = BooksReport("wasted_attempts", Folding(PRODUCT), columns, _lost, "no attempt ended in this time")
    return report.table(database, _since(question, WEEK))


def _wasted_phases(database: Database, question: Question) -> Table:
    """The lost hours by the phases that jobs reported, and how many attempts ended in each."""
    columns = [
        *names(),
        Column("phase"),
        Column("lost", "ended in it", Kind.COUNT, style="bold red"),
        Column("lost_wall_hours", "hours lost", Kind.NUMBER),
        Column("lost_cpu_hours", "CPU h lost", Kind.NUMBER, 1),
    ]
    folding = Folding((*PRODUCT, "phase"))
    report = BooksReport("wasted_phases", folding, columns, _of_phase, "no attempt was lost in this time")
    return report.table(database, _since(question, WEEK))


def _of_phase(row: Figures) -> dict[str, Cell]:
    hours = {"lost_wall_hours": _hours(row["lost_wall"]), "lost_cpu_hours": _hours(row["lost_cpu"])}
    return {"phase": row["phase"] or "not reported", **hours}


def _lost(row: Figures) -> dict[str, Cell]:
    return {
        "lost_wall_hours": _hours(row["lost_wall"] or 0.0),
        "lost_cpu_hours": _hours(row["lost_cpu"]),
        "lost_percent": percent(row["lost_wall"] or 0.0, row["wall"]),
        "wall_hours": _hours(row["wall"]),
        "cpu_hours": _hours(row["cpu"]),
    }


def efficiency(database: Database, question: Question) -> Table:
    """How well finished jobs used the processors and the memory that they asked for. Looks back a week."""
    columns = [
        *names(),
        Column("jobs", kind=Kind.COUNT),
        Column("avg_job_duration", "duration", Kind.DURATION, 2),
        Column("cpu_percent", "CPU % of wall", Kind.PERCENT),
        Column("memory_percent", "memory % of asked", Kind.PERCENT, 1),
        Column("max_memory_used", "most used", Kind.MEMORY, 3),
        Column("events_per_second", "events/s", Kind.NUMBER, 3, drop_empty=True),
        Column("wall_hours", "wall h", Kind.NUMBER, 4),
        Column("cpu_hours", "CPU h", Kind.NUMBER, 4),
    ]
    folding = Folding(PRODUCT, greatest=frozenset({"most_used"}))
    report = BooksReport("finished_attempts", folding, columns, _used, "no job finished in this time")
    return report.table(database, _since(question, WEEK))


def _used(row: Figures) -> dict[str, Cell]:
    return {
        "avg_job_duration": ratio(row["wall"], row["jobs"]),
        "cpu_percent": percent(row["cpu"], row["timed"]),
        "memory_percent": percent(row["used"], row["asked"]),
        "max_memory_used": row["most_used"],
        "events_per_second": ratio(row["events"], row["counted"]),
        "wall_hours": _hours(row["wall"]),
        "cpu_hours": _hours(row["cpu"]),
    }


def restarts(database: Database, question: Question) -> Table:
    """Jobs that were started more than once, submitted again, or climbed to more memory. Looks back a week, at queued jobs always."""
    columns = [
        *names(),
        Column("jobs", kind=Kind.COUNT),
        Column("restarted", kind=Kind.COUNT, style="yellow"),
        Column("restarted_percent", "% restarted", Kind.PERCENT, 1),
        Column("restarts", kind=Kind.COUNT, level=2),
        Column("max_starts", "most starts", Kind.COUNT, 3),
        Column("evicted", "evicted now", Kind.COUNT, 2, "yellow", drop_empty=True),
        Column("resubmitted", "submitted again", Kind.COUNT, 1),
        Column("max_attempts", "most attempts", Kind.COUNT, 4),
        Column("climbed", "more memory", Kind.COUNT, 2, drop_empty=True),
    ]
    folding = Folding(PRODUCT, greatest=frozenset({"max_starts", "max_attempts"}))
    report = BooksReport("restarted_jobs", folding, columns, _restarted)
    return report.table(database, _since(question, WEEK))


def _restarted(row: Figures) -> dict[str, Cell]:
    return {"restarted_percent": percent(row["restarted"], row["jobs"])}


def _since(question: Question, age: int) -> Question:
    """The question with the time from which on ends count: as asked, else so many seconds ago."""
    filters = question.filters
    since = question.now - age if filters.since is None else filters.since
    return replace(question, filters=replace(filters, since=since))


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / _HOUR
