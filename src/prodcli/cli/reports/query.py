"""prodcli query."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.cli.times import since_of

if TYPE_CHECKING:
    from prodcli.runs.selection import RunSelection

EXAMPLE = "Example: prodcli query --tag ana537_2025p010_v001 --by run"


class By(StrEnum):
    """The column that splits the lines."""

    RUN = "run"
    SEGMENT = "segment"
    RULE = "rule"
    CLUSTER = "cluster"
    NODE = "node"
    STATUS = "status"


@takes(view)
def query(
    context: typer.Context,
    how: View,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    since: options.Since = None,
    by: Annotated[By | None, typer.Option("--by", help="Split each line by this.")] = None,
) -> None:
    """Show how far productions are, by tag, dsttype and dataset."""
    from prodcli.books.filters import Filters
    from prodcli.cli.reports.status_table import status_table
    from prodcli.reports.status import status_lines

    session = current(context)
    filters = Filters(tag, dsttype, rule, runs_of(session, runs, exclude), since_of(since))
    lines = status_lines(session.database("production_read", read_only=True), filters, by)
    session.show(status_table(lines, by), how)


def runs_of(session: Session, words: list[str] | None, exclude: list[str] | None) -> "RunSelection | None":
    """The selected runs."""
    if not words and not exclude:
        return None
    from prodcli.cli.run_options import read_filter

    return read_filter(session, words, exclude)
