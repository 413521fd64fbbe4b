"""prodcli query."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.report_words import complete_reports, lists_reports, report_table, split_words
from prodcli.cli.tables.view import View, view
from prodcli.cli.times import since_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.runs.selection import RunSelection

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
    """The column that splits the lines."""

    RUN = "run"
    SEGMENT = "segment"
    RULE = "rule"
    CLUSTER = "cluster"
    NODE = "node"
    STATUS = "status"


@takes(view)
@lists_reports
def query(
    context: typer.Context,
    how: View,
    words: Words = None,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    since: options.Since = None,
    by: Annotated[By | None, typer.Option("--by", help="Split each line by this.")] = None,
) -> None:
    """Show how far productions are, or another report of jobs.

    Without a report each line is a tag, dsttype and dataset.
    """
    from prodcli.books.filters import Filters
    from prodcli.cli.reports.status_table import status_table
    from prodcli.reports.status import status_lines

    session = current(context)
    report, named = split_words(words)
    filters = Filters(tag, dsttype, rule, runs_of(session, [*named, *(runs or ())], exclude), since_of(since))
    if report is not None and by is not None:
        raise UsageError("a report is not split", where="--by", todo="leave it out")
    if report is not None:
        table = report_table(session, report, filters, how.all)
        session.show(table, how)
        hint(session, filters, bool(table.rows))
        return
    lines = status_lines(session.database("production_read", read_only=True), filters, by)
    session.show(status_table(lines, by), how)
    hint(session, filters, bool(lines))


def runs_of(session: Session, words: list[str] | None, exclude: list[str] | None) -> "RunSelection | None":
    """The selected runs."""
    if not words and not exclude:
        return None
    from prodcli.cli.run_options import read_filter

    return read_filter(session, words, exclude)
