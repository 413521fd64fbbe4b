"""The reports of jobs that need somebody: failed by exit code, held by hold code."""

from __future__ import annotations

from prodcli.batch.hold_codes import hold_word
from prodcli.db import Database
from prodcli.reports.books_report import PRODUCT, BooksReport, Question
from prodcli.reports.folded_rows import Figures, Folding
from prodcli.reports.job_figures import names, run_range
from prodcli.tables.table import Cell, Column, Kind, Table

_LEAST = frozenset({"min_run", "asked_min", "used_min", "first_held", "example"})
_MEMORY = frozenset({"asked_min", "asked_max", "used_min", "used_max"})
_GREATEST = frozenset({"max_run", "asked_max", "used_max", "last_held", "last_end"})


def failed(database: Database, question: Question) -> Table:
    """Failed jobs by exit code, and by what the books know beyond it: removed, lost, no output."""
    folding = Folding((*PRODUCT, "substatus", "exit_code"), _LEAST, _GREATEST)
    columns = [
        *names(),
        Column("substatus", "what", level=1, drop_empty=True),
        Column("exit_code", "exit"),
        Column("num_failed", "fail", Kind.COUNT, style="bold red"),
        Column("last_end", "last end", Kind.AGO, 2),
        *run_range(),
        Column("example", "one of them", Kind.PATH, 6),
    ]
    return BooksReport("failures_by_code", folding, columns, empty="no failed jobs match").table(database, question)


def held(database: Database, question: Question) -> Table:
    """Held jobs by hold code, with the memory that they asked for and used; parked ones, too."""
    folding = Folding((*PRODUCT, "hold_code", "hold_subcode"), _LEAST, _GREATEST)
    columns = [
        *names(),
        Column("hold_code", "code", level=2),
        Column("hold_subcode", "subcode", level=4),
        Column("reason"),
        Column("num_held", "held", Kind.COUNT, style="bold magenta"),
        Column("num_parked", "parked", Kind.COUNT, 3, "magenta", drop_empty=True),
        Column("asked_min", "asked", Kind.MEMORY, 1, to="asked_max"),
        Column("asked_max", kind=Kind.MEMORY, level=1),
        Column("used_min", "used", Kind.MEMORY, 1, to="used_max"),
        Column("used_max", kind=Kind.MEMORY, level=1),
        Column("first_held", "first", Kind.AGO, 6),
        Column("last_held", "last", Kind.AGO, 5),
        *run_range(),
        Column("example", "one of them", Kind.PATH, 7),
    ]
    report = BooksReport("holds_by_code", folding, columns, _in_words, "no held jobs match", _MEMORY)
    return report.table(database, question)


def _in_words(row: Figures) -> dict[str, Cell]:
    return {"reason": hold_word(row["hold_code"], row["hold_subcode"])}
