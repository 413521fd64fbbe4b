"""prodcli log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_verbs
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.recovery import job_options
from prodcli.cli.tables.view import View, view
from prodcli.cli.times import since_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.actions import LogEntry
    from prodcli.cli.reports.log_table import Subjects
    from prodcli.db import Database

EXAMPLE = "Example: prodcli log --since 7d"
_VIEW = {"sort", "limit", "columns", "watch"}


@takes(view, without=_VIEW)
def log(
    context: typer.Context,
    how: View,
    verb: Annotated[
        str | None, typer.Option("--verb", help="Only actions of this verb.", autocompletion=complete_verbs)
    ] = None,
    tag: options.Tag = None,
    since: Annotated[str | None, typer.Option("--since", help="Only actions since 2026-01-31, or 36h, 7d ago.")] = None,
    dbid: job_options.Dbids = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show what the jobs of --dbid reported of themselves.")
    ] = False,
) -> None:
    """Show what people did to jobs, outputs, masks and nodes.

    Each line is one action: when, who, which verb, with which result, about what, and the reason that the author gave.
    With --report each line is a phase, an output or a message of a job.
    """
    from prodcli.books import actions
    from prodcli.db.schema import require_current

    session = current(context)
    database = session.database("production", read_only=True)
    require_current(database)
    if report:
        _show_reports(session, database, dbid, how)
        return
    entries = actions.log(database, verb, since_of(since), dbid or (), tag or ())
    _show(session, entries, actions.subjects(database, entries), how)
    if verb is not None and not entries:
        _say_if_unknown(session, database, verb)


def _say_if_unknown(session: Session, database: Database, verb: str) -> None:
    """Say that a verb did nothing so far, and which one may be meant."""
    from prodcli.books.actions import logged_verbs
    from prodcli.names import did_you_mean
    from prodcli.verbs import VERBS, logged_name

    known = logged_verbs(database)
    if logged_name(verb) not in known:
        every = sorted({*known, *(one.logged for one in VERBS)})
        sys.stdout.flush()  # the hint is read below the empty table
        session.say(f"no action of the verb {verb!r:.60} is in the log{did_you_mean(verb, every)}")


def _show(session: Session, entries: Sequence[LogEntry], subjects: Subjects, how: View) -> None:
    from prodcli.cli.reports.log_table import log_csv, log_data, log_table
    from prodcli.reports.families import Families

    if how.style is options.Style.JSON:
        session.show_json(log_data(entries, subjects))
    elif how.style is options.Style.CSV:
        session.show(log_csv(entries, subjects), how)
    else:
        session.show(log_table(entries, subjects, Families(session.site).of_dsttype, how.all), how)


def _show_reports(session: Session, database: Database, dbids: list[int] | None, how: View) -> None:
    """Show the reports of jobs; raises UsageError if none are named."""
    from prodcli.cli.reports.job_report_table import report_table
    from prodcli.job_reports.reported import report_lines

    if not dbids:
        raise UsageError("no jobs are named", where="--report", todo="--dbid 4711")
    session.show(report_table(report_lines(database, dbids)), how)
