"""The weekly report: how many jobs were submitted this week, last week and to date, and what became of them.

A week begins on Monday, at 0:00 UTC. The states are those of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prodcli.books import rollup
from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.reports.books_report import Question, percent
from prodcli.reports.folded_rows import Figures, Folding, as_figures
from prodcli.states import Status
from prodcli.tables.table import Cell, Column, Kind, Table

_DAY = 86_400
_WEEK = 7 * _DAY
_MONDAY = 4 * _DAY  # of the first week that began after 1970
_PERIODS = ("this week", "last week", "to date")
_COUNTS = {
    Status.STARTED: "nrunning",
    Status.RUNNING: "nrunning",
    Status.FINISHED: "nfinished",
    Status.FAILED: "nfailed",
    Status.HELD: "nheld",
}
_KEYS = ("period", "dsttype", "dataset")
_PARTS = ("nrunning", "nfinished", "nfailed", "nheld")


def weekly(database: Database, question: Question) -> Table:
    """The jobs submitted in each period, with their states; from the rollup, counted where runs or a rule are chosen.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    monday = question.now - (question.now - _MONDAY) % _WEEK
    values = {**question.filters.values(), "this_week": monday, "last_week": monday - _WEEK}

    def work(tx: Transaction) -> list[Figures]:
        rolled_up = _rollup_can_tell(question.filters) and rollup.is_readable(tx)
        query = "rolled_up_weeks" if rolled_up else "counted_weeks"
        return Folding(_KEYS).fold(_by_period(tx.rows_as(as_figures, query, **values)), question.name)

    rows = [row for row in database.read(work) if row["nsubmitted"]]
    rows.sort(key=lambda row: _PERIODS.index(row["period"]))
    columns = _columns()
    cells = [[_cell(row, column.key) for column in columns] for row in rows]
    return Table(columns, cells, note="" if rows else "no jobs in the books match")


def _rollup_can_tell(filters: Filters) -> bool:
    """True if the rollup has all columns of the question."""
    return not filters.rules and filters.runs is None and (filters.since or 0) % 3600 == 0


def _by_period(rows: Iterable[Mapping[str, Any]]) -> Iterator[Figures]:
    """A row for each period of a counted row, with the count under the name of its state."""
    for row in rows:
        for period in _PERIODS:
            jobs = row[period.replace(" ", "_")]
            counts = dict.fromkeys(_PARTS, 0) | {"nsubmitted": jobs}
            if row["status"] in _COUNTS:
                counts[_COUNTS[row["status"]]] = jobs
            yield {"period": period, "dsttype": row["dsttype"], "dataset": row["dataset"], **counts}


def _cell(row: Figures, key: str) -> Cell:
    """A cell by the key of its column: a count, or a count in percent of the submitted jobs."""
    if key.endswith("_percent"):
        return percent(row[key.removesuffix("_percent")], row["nsubmitted"])
    cell: Cell = row[key]
    return cell


def _columns() -> list[Column]:
    return [
        Column("period"),
        Column("dsttype"),
        Column("dataset", shared=True),
        Column("nsubmitted", "submitted", Kind.COUNT),
        Column("nrunning", "run", Kind.COUNT, 3, "cyan"),
        Column("nfinished", "done", Kind.COUNT, 1, "green"),
        Column("nfinished_percent", "done %", Kind.PERCENT, 2),
        Column("nfailed", "fail", Kind.COUNT, 1, "bold red"),
        Column("nfailed_percent", "fail %", Kind.PERCENT, 2),
        Column("nheld", "held", Kind.COUNT, 1, "bold magenta"),
        Column("nheld_percent", "held %", Kind.PERCENT, 1),
    ]
