"""prodcli query."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.exit_options import UntilAll, UntilAny, condition
from prodcli.cli.reports.filter_options import FilterOptions, filter_options
from prodcli.cli.reports.report_words import complete_reports, lists_reports, report_table, split_words
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.filters import Filters
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli query --tag ana537_2025p010_v001 --by run"


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REPORT] [RUNS...]",
        help="A report instead of the states, and runs as for --runs.",
        autocompletion=complete_reports,
    ),
]


class By(StrEnum):
    """What splits the lines."""

    HOST = "host"
    RUN = "run"
    SEGMENT = "segment"
    RULE = "rule"
    CLUSTER = "cluster"
    NODE = "node"
    STATUS = "status"
    PHASE = "phase"


States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATES...", help="Only lines with jobs in these states: held, failed ..."),
]
By_ = Annotated[
    By | None,
    typer.Option("--by", help="Split each line by this; host: unfold the hosts of a dsttype; phase: of waste."),
]


@takes(view)
@takes(filter_options, first=True)
@lists_reports
def query(
    context: typer.Context,
    chosen: FilterOptions,
    how: View,
    words: Words = None,
    state: States = None,
    by: By_ = None,
    until_all: UntilAll = None,
    until_any: UntilAny = None,
) -> None:
    """Show how far productions are, or another report of jobs.

    Without a report each line is a tag, dsttype and dataset. Tags whose jobs are all done are hidden.
    """
    session = current(context)
    report, named = split_words(words)
    if report is not None and state:
        raise UsageError(
            "a report counts all states", where="--state", todo="leave it out, or see prodcli jobs --state"
        )
    if report is None and by is By.PHASE:
        raise UsageError("only waste is split by phase", where="--by", todo="prodcli query waste --by phase")
    chosen = chosen.of_runs(named)
    filters, commands = chosen.filters(session), chosen.as_typed
    found = True

    def made() -> Table:
        nonlocal found
        if report is not None:
            table = report_table(session, report, filters, how.all, by)
        else:
            table = _states(session, filters, _Asked(by, state or (), how, commands))
        found = bool(table.rows)
        return _stamped(session, table)

    session.show_live(made, how, condition(session, filters, until_all, until_any))
    hint(session, filters, found)


class _Asked(NamedTuple):
    """How the lines of the states are split and chosen, and the options for the commands below them."""

    by: By | None
    states: Sequence[str]
    how: View
    commands: str


def _states(session: Session, filters: Filters, asked: _Asked) -> Table:
    """The table of the states; everything but tags at work is hidden from people, unless they ask for it."""
    from prodcli.reports.families import Families
    from prodcli.reports.status import running_progress, status_lines
    from prodcli.reports.status_lines import COLUMNS
    from prodcli.reports.status_table import having, status_table
    from prodcli.states import known_states

    states = known_states(asked.states, COLUMNS, "--state", "there is no state")
    name = str if asked.by is By.HOST else Families(session.site).of_dsttype
    books = session.database("production_read", read_only=True)
    lines = status_lines(books, filters, asked.by, name)
    split = None if asked.by is By.HOST else asked.by
    every = bool(asked.how.all or asked.how.is_data or asked.by or states or filters.tags)
    progress = running_progress(books, filters, name) if split is None else {}
    return status_table(having(lines, states) if states else lines, split, every, asked.commands, progress)


def _stamped(session: Session, table: Table) -> Table:
    """The table with the time of the books, and a hint if these are old."""
    from prodcli.reports.freshness import freshness

    fresh = freshness(session.database("production_read", read_only=True))
    stamped = table.stamped(fresh.words(session.zone))
    return stamped.hinted("the figures are old -> prodcli harvest") if fresh.is_old and table.rows else stamped
