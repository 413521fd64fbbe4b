"""The reports of jobs with their times, in the columns that the field knows: pending, started, clusters, runs."""

from __future__ import annotations

from prodcli.db import Database
from prodcli.reports.books_report import PRODUCT, BooksReport, Question, ratio
from prodcli.reports.folded_rows import Figures, Folding
from prodcli.tables.table import Cell, Column, Kind, Table

_LEAST = frozenset({"min_job_duration", "earliest_start", "min_run", "min_time_pending"})
_GREATEST = frozenset({"max_job_duration", "last_start", "last_end", "max_run", "max_time_pending"})


def pending(database: Database, question: Question) -> Table:
    """Jobs that have not started yet: how many, and for how long."""
    return _report("pending_jobs", (), _pending_columns(), _waiting).table(database, question)


def started(database: Database, question: Question) -> Table:
    """Jobs that have started: what became of them, how long they waited and ran."""
    return _report("started_jobs", (), _figures_columns()).table(database, question)


def clusters(database: Database, question: Question) -> Table:
    """Jobs by cluster; only clusters that still have jobs in a queue, unless every one is asked for."""
    own = [Column("schedd", shared=True), Column("cluster")]
    report = _report("jobs_by_cluster", ("schedd", "cluster"), [*own, *_figures_columns()])
    return report.table(database, question, every=int(question.every))


def runs(database: Database, question: Question) -> Table:
    """Jobs by run."""
    columns = [Column("run"), *_figures_columns(runs=False)]
    return _report("jobs_by_run", ("run",), columns).table(database, question)


def _report(query: str, keys: tuple[str, ...], columns: list[Column], derive: object = None) -> BooksReport:
    folding = Folding((*keys, *PRODUCT), _LEAST, _GREATEST)
    return BooksReport(query, folding, columns, derive or _times)  # type: ignore[arg-type]


def _waiting(row: Figures) -> dict[str, Cell]:
    return {"avg_time_pending": ratio(row["waited"], row["waits"])}


def _times(row: Figures) -> dict[str, Cell]:
    return {
        "avg_time_to_start": ratio(row["waited"], row["waits"]),
        "avg_job_duration": ratio(row["ran"], row["ends"]),
    }


def names() -> list[Column]:
    """The columns that name a product."""
    return [Column("tag", shared=True), Column("dsttype"), Column("dataset", level=3, shared=True)]


def run_range() -> list[Column]:
    """The first and the last run of a row."""
    return [Column("min_run", level=3), Column("max_run", level=3)]


def _pending_columns() -> list[Column]:
    return [
        *names(),
        Column("num_jobs", "jobs", Kind.COUNT),
        Column("num_submitting", "submitting", Kind.COUNT, 2, drop_empty=True),
        Column("num_waiting", "waiting", Kind.COUNT, 2, drop_empty=True),
        Column("num_submitted", "idle", Kind.COUNT, 2, drop_empty=True),
        Column("avg_time_pending", "on average", Kind.DURATION, 2),
        Column("min_time_pending", "shortest", Kind.DURATION, 4),
        Column("max_time_pending", "longest", Kind.DURATION, 1),
        *run_range(),
    ]


def _figures_columns(runs: bool = True) -> list[Column]:
    return [
        *names(),
        Column("num_jobs", "jobs", Kind.COUNT),
        Column("num_submitted", "idle", Kind.COUNT, 2, drop_empty=True),
        Column("num_running", "run", Kind.COUNT, 1, "cyan", drop_empty=True),
        Column("num_held", "held", Kind.COUNT, 1, "bold magenta", drop_empty=True),
        Column("num_evicted", "evicted", Kind.COUNT, 2, "yellow", drop_empty=True),
        Column("num_finished", "done", Kind.COUNT, 1, "green"),
        Column("num_failed", "fail", Kind.COUNT, 1, "bold red", drop_empty=True),
        Column("avg_time_to_start", "to start", Kind.DURATION, 3),
        Column("avg_job_duration", "duration", Kind.DURATION, 2),
        Column("min_job_duration", "shortest", Kind.DURATION, 6),
        Column("max_job_duration", "longest", Kind.DURATION, 5),
        Column("earliest_start", "first start", Kind.AGO, 6),
        Column("last_start", "last start", Kind.AGO, 5),
        Column("last_end", "last end", Kind.AGO, 4),
        Column("sum_events", "events", Kind.COUNT, 4, drop_empty=True),
        *(run_range() if runs else ()),
    ]
