"""prodcli log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_verbs
from prodcli.cli.context import Session, current
from prodcli.cli.recovery import job_options
from prodcli.cli.times import said, since_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.books.actions import LogEntry
    from prodcli.db import Database
    from prodcli.tables.table import Cell

EXAMPLE = "Example: prodcli log --since 7d"
_COLUMNS = ("when", "verb", "who", "host", "jobs", "state", "result", "reason", "parameters", "id")


def log(
    context: typer.Context,
    verb: Annotated[
        str | None, typer.Option("--verb", help="Only actions of this verb.", autocompletion=complete_verbs)
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only actions since 2026-01-31, or 36h, 7d ago.")] = None,
    dbid: job_options.Dbids = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show what the jobs of --dbid reported of themselves.")
    ] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show what people did to jobs in the queues.

    Each line is one action: who, when, which verb, how many jobs, and the reason that the author gave. With --report
    each line is a phase, an output or a message of a job.
    """
    from prodcli.books import actions
    from prodcli.db.schema import require_current
    from prodcli.tables.table import Table

    session = current(context)
    database = session.database("production", read_only=True)
    require_current(database)
    if report:
        _show_reports(session, database, dbid, style)
        return
    rows: list[list[Cell]] = [
        [said(one.started), one.verb, one.account, one.host, one.jobs, one.state, one.result, *_rest(one)]
        for one in actions.log(database, verb, since_of(since), dbid or ())
    ]
    session.show(Table(_COLUMNS, rows, note="" if rows else "nothing was done"), style)


def _show_reports(session: Session, database: Database, dbids: list[int] | None, style: options.Style) -> None:
    """Show the reports of jobs; raises UsageError if none are named."""
    from prodcli.cli.reports.job_report_table import report_table
    from prodcli.job_reports.reported import report_lines

    if not dbids:
        raise UsageError("no jobs are named", where="--report", todo="--dbid 4711")
    session.show(report_table(report_lines(database, dbids)), style)


def _rest(one: LogEntry) -> list[Cell]:
    return [one.reason, "" if one.parameters == "{}" else one.parameters, one.id]
