"""The report of how good past estimates were."""

from __future__ import annotations

from dataclasses import asdict

from prodcli.db import Database
from prodcli.db.schema import require_current
from prodcli.estimates.past import Accuracy, accuracy_of, by_rule, past_estimates
from prodcli.reports.books_report import Question
from prodcli.tables.table import Cell, Column, Kind, Table

_NONE = "no estimate was kept in this time; harvest keeps one an hour of each rule with open jobs"


def accuracy(database: Database, question: Question) -> Table:
    """How good the estimates of each rule were, in the last 30 days or since a time.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    past = database.read(lambda tx: past_estimates(tx, question.filters, question.now))
    rows: list[list[Cell]] = [[*rule, *_cells(one)] for rule, one in by_rule(past).items()]
    total = ["total", None, None, None, *_cells(accuracy_of(past))] if len(rows) > 1 else None
    return Table(_columns(), rows, total=total, note="" if rows else _NONE)


def _cells(one: Accuracy) -> list[Cell]:
    return list(asdict(one).values())


def _columns() -> list[Column]:
    return [
        Column("tag", shared=True),
        Column("rule"),
        Column("dataset", level=3, shared=True),
        Column("dsttype", level=4),
        Column("estimates", kind=Kind.COUNT, level=2),
        Column("ended", kind=Kind.COUNT),
        Column("within_percent", "% within", Kind.PERCENT),
        Column("earlier_percent", "% earlier", Kind.PERCENT, 1),
        Column("later_percent", "% later", Kind.PERCENT, 1),
        Column("error_percent", "typical error %", Kind.NUMBER, 1),
    ]


def in_words(past: Accuracy) -> str:
    """`past estimates, 30 days: 81% of 48 ended within their interval, 12 % too early`; empty without any that ended."""
    if not past.ended:
        return ""
    error = round(past.error_percent or 0.0)
    typical = f", the likely end {abs(error)}% too {'late' if error > 0 else 'early'}" if error else ""
    return f"past estimates: {round(past.within_percent or 0.0)}% of {past.ended} ended within the interval{typical}"
