"""Read chosen jobs from the books: a list, their number by attribute, and their errors; one statement each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from prodcli.db import Database, Transaction
from prodcli.db.queries import Query
from prodcli.db.row_objects import Row
from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.cluster_key import error_key
from prodcli.jobs.attributes import ERROR, attribute
from prodcli.jobs.conditions import Alternative, Condition
from prodcli.jobs.error_summary import ErrorCount, ErrorLine, error_lines
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.run_trouble import RunTrouble
from prodcli.jobs.summary import ValueCount

T = TypeVar("T")
_ALL = 2**62


def listed(
    database: Database,
    question: JobQuestion,
    columns: Sequence[str],
    order: Sequence[str] = (),
    most: int | None = None,
) -> list[dict[str, Any]]:
    """The chosen jobs with some attributes, sorted by attributes (`-name`: descending), else the newest first.

    Raises UsageError for a word that is no attribute.
    """
    return listed_as(lambda row: dict(zip(columns, row, strict=True)), database, question, columns, order, most)


def listed_as(
    make: Callable[[Row], T],
    database: Database,
    question: JobQuestion,
    columns: Sequence[str],
    order: Sequence[str] = (),
    most: int | None = None,
) -> list[T]:
    """As `listed`, with what `make` makes of the values of a job, which come in the order of the columns."""
    keys = [word[: word.startswith("-")] + attribute(word.removeprefix("-"), "--sort").key for word in order]

    def work(tx: Transaction, question: JobQuestion) -> list[T]:
        newest = most is not None and not keys and question.is_about_rows
        query = about(tx, "listed_jobs", question, newest).with_columns(columns).ordered(keys)
        return [make(row) for row in tx.rows(query, most=_ALL if most is None else most, **question.values())]

    return read_chosen(database, question, work)


def counted(database: Database, question: JobQuestion, main: bool = False) -> list[ValueCount]:
    """The number of chosen jobs for each value of each attribute that a summary counts, or of the main attributes."""

    def work(tx: Transaction, question: JobQuestion) -> list[ValueCount]:
        query = about(tx, "counted_main_values" if main else "counted_values", question)
        return list(tx.rows_as(ValueCount, query, **question.values()))

    return read_chosen(database, question, work)


def errors(database: Database, question: JobQuestion) -> list[ErrorLine]:
    """The errors of chosen jobs by kind, the most frequent first."""

    def work(tx: Transaction, question: JobQuestion) -> list[ErrorCount]:
        return list(tx.rows_as(ErrorCount, about(tx, "counted_errors", question), **question.values()))

    return error_lines(read_chosen(database, question, work))


def trouble_by_run(database: Database, tags: Sequence[str] = ()) -> list[RunTrouble]:
    """Of what the jobs of each run are in trouble now, of some tags or of all."""
    values = {"any_tag": int(not tags), "tags": list(tags)}
    return database.read(lambda tx: list(tx.rows_as(RunTrouble, "trouble_by_run", **values)))


def read_chosen(database: Database, question: JobQuestion, work: Callable[[Transaction, JobQuestion], T]) -> T:
    """What `work` reads of the jobs of a question; raises DatabaseError if the books cannot be read."""

    def prepared(tx: Transaction) -> T:
        tx.prefer_lookups()
        return work(tx, _with_reasons(tx, question))

    return database.read(prepared)


def about(tx: Transaction, name: str, question: JobQuestion, newest: bool = False) -> Query:
    """A query about the jobs of a question, or about the newest of them."""
    rows = tx.named(question.rows)
    return tx.named(name).about(tx.named("newest_rows").about(rows) if newest else rows)


def _with_reasons(tx: Transaction, question: JobQuestion) -> JobQuestion:
    """The question with the reasons that have a signature in place of conditions on errors, which the books do not know."""
    about_errors = [one for one in question.conditions if one.attribute == ERROR]
    if not about_errors:
        return question
    others = [one for one in question.conditions if one.attribute != ERROR]
    found = replace(question, conditions=others)
    reasons = list(tx.column(about(tx, "reasons", found), **found.values()))
    return replace(question, conditions=[*others, *(_by_reason(one, reasons) for one in about_errors)])


def _by_reason(condition: Condition, reasons: Sequence[str]) -> Condition:
    keys = {one.value for one in condition.alternatives}
    alike = tuple(Alternative(one) for one in reasons if keys & {signature(one), error_key(signature(one))})
    none = tuple(Alternative() for key in keys if not key)
    return Condition("reason", (*alike, *none) or (Alternative(None),), condition.excluded)
