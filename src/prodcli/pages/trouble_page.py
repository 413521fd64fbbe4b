"""The page of all jobs that are in trouble now: by error, by attribute, and their list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prodcli.books.job_filter import JobFilter
from prodcli.diagnosis.signatures import signature
from prodcli.jobs.error_summary import error_name
from prodcli.jobs.job_tables import error_table, summary_table
from prodcli.jobs.question import JobQuestion
from prodcli.jobs.search import counted, errors, listed
from prodcli.jobs.summary import ValueCount, summary_lines, total_of
from prodcli.pages import links
from prodcli.pages.page import Page
from prodcli.pages.page_table import PageTable, Row, page_table
from prodcli.states import Status
from prodcli.tables.arrange import arranged
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.jobs.error_summary import ErrorLine
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.tables.screen import Screen

_LISTED = 5_000  # jobs in queues, and failed jobs, the newest ones
_STATES = ((Status.HELD, Status.EVICTED), (Status.FAILED,))  # each is found by an index
_KEYS = ("dbid", "job", "state", "since", "tag", "dataset", "dsttype", "run", "segment", "node", "hold_code")
_READ = (*_KEYS, "exit_code", "memory_asked", "memory_used", "reason")
_ATTRIBUTES = ("attribute", "value", "jobs", "percent")
_ERRORS = ("name", "jobs", "meaning", "asked_min", "asked_max", "used_min", "used_max", "first", "last", "reason")


def trouble_page(books: BooksOfPages) -> Page:
    """The page of jobs in trouble; raises DatabaseError if the books cannot be read."""
    questions = [JobQuestion(JobFilter(books.tags, states=states)) for states in _STATES]
    found = [line for one in questions for line in errors(books.database, one)]
    values = Counter[tuple[str, str | None]]()
    for one in questions:
        for count in counted(books.database, one):
            values[count.attribute, count.value] += count.jobs
    attributes = summary_lines([ValueCount(*key, jobs) for key, jobs in values.items()], family=books.family)
    jobs = [job for one in questions for job in listed(books.database, one, _READ, most=_LISTED)]
    total = total_of(attributes)
    summary = arranged(summary_table(attributes, few=False), columns=_ATTRIBUTES)
    by_attribute = page_table(summary, books.screen, "attributes", _narrowed, tabs="attribute")
    context = {
        "lines": [] if total else ["No job is in trouble."],
        "tables": [error_rows(found, books.screen), job_rows(jobs, total, books.screen)],
        "details": [("Jobs in trouble by attribute", by_attribute)],
    }
    return Page(links.TROUBLE, "tables.html", "In trouble now", context)


def error_rows(found: Sequence[ErrorLine], screen: Screen) -> PageTable:
    """A row for each kind of error, with a link to its jobs."""
    lines = sorted(found, key=lambda one: -one.count.jobs)
    table = error_table(lines)
    keyed = Table(
        [Column("name", "error"), *table.columns],
        [[line.name, *row] for line, row in zip(lines, table.rows, strict=True)],
        note=table.note,
    )
    return page_table(arranged(keyed, columns=_ERRORS), screen, "errors", _jobs_of, "Jobs in trouble by error")


def job_rows(jobs: Sequence[Mapping[str, Any]], total: int, screen: Screen) -> PageTable:
    """A row for each job, of so many in all; `error` is the name of its error."""
    kinds = {"since": Kind.TIME, "memory_asked": Kind.MEMORY, "memory_used": Kind.MEMORY}
    columns = [Column(key, kind=kinds.get(key, Kind.TEXT)) for key in _READ]
    rows = [[*(job[key] for key in _READ), _error(job)] for job in jobs]
    note = f"the newest {len(jobs)} of {total} jobs" if total > len(jobs) else ""
    table = Table([*columns, Column("error")], rows, note=note)
    return page_table(table, screen, "jobs", caption="Each job in trouble", tabs="state")


def _error(job: Mapping[str, Any]) -> str:
    """The name of the error of a job, as the table of errors has it."""
    return error_name(job["state"], job["hold_code"], job["exit_code"], signature(job["reason"]))


def _jobs_of(key: str, row: Row) -> str:
    return links.rows(links.TROUBLE, "jobs", error=row["name"]) if key in ("name", "jobs") else ""


def _narrowed(key: str, row: Row) -> str:
    """The jobs with a value of an attribute that the list has."""
    if key != "jobs" or row["attribute"] not in (*_KEYS, "exit_code") or row["value"] is None:
        return ""
    return links.rows(links.TROUBLE, "jobs", **{str(row["attribute"]): row["value"]})
