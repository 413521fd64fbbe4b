"""The reports of progress: a bar for each run and dsttype, and outputs that are expected and registered."""

from __future__ import annotations

from dataclasses import replace

from prodcli.db import Database
from prodcli.errors import ConfigError, DatabaseError
from prodcli.reports.books_report import PRODUCT, BooksReport, Question, percent
from prodcli.reports.folded_rows import Figures, Folding, as_figures
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


def outputs(database: Database, question: Question, filecatalog: Database) -> Table:
    """Outputs that jobs make, that finished jobs should have left, and that the file catalog has.

    A note says why the catalog is not counted, if it cannot be read.
    """
    counted = BooksReport("expected_outputs", Folding(PRODUCT), []).rows(database, replace(question, name=str))
    registered, note = _registered(filecatalog, question, counted)
    folding = Folding(PRODUCT)
    known = [{**row, "registered": None if note else registered.get(_product(row), 0)} for row in counted]
    rows = [_lacking(row) for row in folding.fold(known, question.name)]
    total = [folding.total(rows)] if len(rows) > 1 else []
    cells = [[row[column.key] for column in _output_columns()] for row in [*rows, *total]]
    whole: list[Cell] | None = ["total", None, None, *cells.pop()[len(PRODUCT) :]] if total else None
    return Table(_output_columns(), cells, total=whole, note=note if rows else "no jobs in the books match")


def _registered(filecatalog: Database, question: Question, counted: list[Figures]) -> tuple[dict[object, int], str]:
    """The files of the products in the catalog, or why they are not known."""
    products = [{key: row[key] for key in PRODUCT} for row in counted]
    values = {key: question.filters.values()[key] for key in ("all_runs", "spans")}
    try:
        found = filecatalog.read(
            lambda tx: list(tx.rows_as(as_figures, "registered_outputs", products=products, **values))
        )
    except (ConfigError, DatabaseError) as failure:
        return {}, f"registered outputs are not known: {failure}"
    return {_product(row): row["registered"] for row in found}, ""


def _product(row: Figures) -> tuple[str, ...]:
    return tuple(row[key] for key in PRODUCT)


def _lacking(row: Figures) -> Figures:
    """A row with the outputs of finished jobs that are not registered."""
    known = row["registered"]
    return {**row, "lacking": None if known is None else max(0, row["due"] - known)}


def _output_columns() -> list[Column]:
    return [
        *names(),
        Column("jobs", kind=Kind.COUNT, level=2),
        Column("expected", kind=Kind.COUNT, level=1),
        Column("due", "of finished jobs", Kind.COUNT),
        Column("registered", kind=Kind.COUNT, style="green"),
        Column("lacking", kind=Kind.COUNT, style="bold red", drop_empty=True),
    ]
