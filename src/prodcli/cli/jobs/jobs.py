"""prodcli jobs."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.jobs import question_options
from prodcli.cli.option_groups import takes
from prodcli.cli.recovery.job_options import JobOptions, chooses_any
from prodcli.cli.tables.view import View, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.db import Database
    from prodcli.jobs.question import JobQuestion
    from prodcli.jobs.summary import SummaryLine
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli jobs --tag ana537_2025p010_v001 --state held failed --sort -memory_used"
_FEW, _VALUES = 10, 5  # jobs, and values of an attribute, that people see
_EVERY = ("all",)


@takes(view)
@chooses_any
def jobs(
    context: typer.Context,
    chosen: JobOptions,
    how: View,
    which: question_options.Which = None,
    where: question_options.Where = None,
    since: question_options.Since = None,
    summary: Annotated[bool, typer.Option("--summary", help="Count the jobs by value of each attribute.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Count the jobs in trouble by reason.")] = False,
    verbose: options.Verbose = False,
) -> None:
    """List jobs by any attribute, and count them by value.

    Of chosen jobs it shows what tells them apart, what is wrong with them, and the newest ten. --summary counts the
    values of every attribute, each with the option that narrows to it; --columns all lists every attribute.
    """
    from prodcli.db.schema import require_current

    session = current(context)
    question = question_options.asked(session, chosen, which, where, since)
    database = session.database("production_read", read_only=True)
    require_current(database)
    how = replace(how, all=how.all or verbose, pager=how.pager and how.watch is None)
    session.show_again(lambda: _show(session, database, question, how, (summary, errors)), how)


def _show(session: Session, database: Database, question: JobQuestion, how: View, counts: tuple[bool, bool]) -> None:
    """Show the values, the errors, or without either of them the jobs."""
    summary, errors = counts
    if summary:
        session.show(_stamped(session, database, _summary(session, database, question, how)), how)
    if errors:
        session.show(_stamped(session, database, _errors(database, question)), how)
    if not summary and not errors:
        _show_jobs(session, database, question, how)


def _summary(session: Session, database: Database, question: JobQuestion, how: View) -> Table:
    """Each value of each attribute; for people the most frequent ones, unless all are asked for."""
    from prodcli.jobs.job_tables import summary_table
    from prodcli.jobs.summary import frequent

    lines = _counted(session, database, question)
    few = not how.is_data and not how.all
    return summary_table(frequent(lines, _VALUES) if few else lines, few)


def _counted(session: Session, database: Database, question: JobQuestion, main: bool = False) -> list[SummaryLine]:
    from prodcli.jobs.search import counted
    from prodcli.jobs.summary import summary_lines
    from prodcli.reports.families import Families

    with session.progress("counting the jobs"):
        counts = counted(database, question, main)
    return summary_lines(counts, question.options, Families(session.site).of_dsttype)


def _errors(database: Database, question: JobQuestion) -> Table:
    from prodcli.jobs.job_tables import error_table
    from prodcli.jobs.search import errors

    return error_table(errors(database, question))


def _show_jobs(session: Session, database: Database, question: JobQuestion, how: View) -> None:
    """List the jobs, the newest or first ones for people, who see of chosen jobs also what tells them apart."""
    from prodcli.jobs.job_tables import job_table, overview_table
    from prodcli.jobs.summary import overview, total_of

    people = not how.is_data
    beside = View(how.style, pager=False)  # the options for rows and columns are about the list
    total = None
    if people and question.is_narrow:
        lines = _counted(session, database, question, main=True)
        total = total_of(lines)
        _show_overview(session, _stamped(session, database, overview_table(total, overview(lines))), beside)
        _show_errors(session, _errors(database, question), beside)
    few = people and not how.all and how.limit is None and (sys.stdout.isatty() or not question.is_narrow)
    keys = _columns(how)
    found = _listed(database, question, keys, how, _FEW if few else how.limit)
    table = job_table(keys, found, total, few)
    shown = table if total is not None else _stamped(session, database, table)
    session.show(shown, View(how.style, pager=how.pager and total is None))
    hint(session, question.wanted, bool(found))


def _show_overview(session: Session, table: Table, how: View) -> None:
    """Show what tells jobs apart; of jobs that are all alike their number alone."""
    if table.rows:
        session.show(table, how)
    else:
        session.show_announcements()
        session.show_text(f"{table.title}  {table.as_of}")


def _show_errors(session: Session, table: Table, how: View) -> None:
    """Show the errors, if there are any, between blank lines."""
    session.show_text("")
    if table.rows:
        session.show(table, how)
        session.show_text("")


def _stamped(session: Session, database: Database, table: Table) -> Table:
    """The table with the time of the books."""
    from prodcli.reports.freshness import freshness

    return table.stamped(freshness(database).words(session.zone))


def _columns(how: View) -> list[str]:
    from prodcli.jobs.attributes import ATTRIBUTES, SHOWN, attribute

    if how.columns == _EVERY:
        return list(ATTRIBUTES)
    return [attribute(one, "--columns").key for one in how.columns] or list(SHOWN)


def _listed(
    database: Database, question: JobQuestion, keys: Sequence[str], how: View, most: int | None
) -> list[dict[str, Any]]:
    """The jobs; the database sorts them, and gives no more of them than are shown."""
    from prodcli.jobs.search import listed

    return listed(database, question, keys, how.sort, most)
