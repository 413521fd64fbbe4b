"""The report of progress: a bar for each run and dsttype."""

from __future__ import annotations

from dataclasses import replace

from prodcli.db import Database
from prodcli.reports.books_report import PRODUCT, BooksReport, Question, percent
from prodcli.reports.folded_rows import Figures, Folding
from prodcli.reports.job_figures import names
from prodcli.tables.table import Cell, Column, Kind, Table


def progress(database: Database, question: Question) -> Table:
    """How far each run is, with a bar; runs whose jobs are all done are left out, unless every one is asked for."""
    report = BooksReport("states_by_run", Folding(("run", *PRODUCT)), _columns(), _done)
    table = report.table(database, question)
    if question.every:
        return table
    place = table.keys.index("done_percent")
    open_rows = [row for row in table.rows if row[place] != 100.0]
    hidden = len(table.rows) - len(open_rows)
    hints = [f"{hidden} rows all done are hidden: --all"] if hidden else []
    return replace(table, rows=open_rows, hints=hints)


def _columns() -> list[Column]:
    return [
        Column("run"),
        *names(),
        Column("jobs", kind=Kind.COUNT),
        Column("done", kind=Kind.COUNT, level=4, style="green"),
        Column("done_percent", "done", Kind.BAR, 1),
        Column("running", "run", Kind.COUNT, 2, "cyan", drop_empty=True),
        Column("idle", kind=Kind.COUNT, level=3, drop_empty=True),
        Column("held", kind=Kind.COUNT, level=1, style="bold magenta", drop_empty=True),
        Column("failed", "fail", Kind.COUNT, 1, "bold red", drop_empty=True),
    ]


def _done(row: Figures) -> dict[str, Cell]:
    return {"done_percent": percent(row["done"], row["jobs"])}
