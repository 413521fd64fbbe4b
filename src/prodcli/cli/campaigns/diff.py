"""prodcli campaign diff."""

from __future__ import annotations

from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_tags
from prodcli.cli.context import current
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import runs_of
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError

DIFF_EXAMPLE = "Example: prodcli campaign diff ana537_2025p010_v001 ana541_2025p014_v002"
First = Annotated[
    str, typer.Argument(metavar="TAG1", help="The tag that changes count from.", autocompletion=complete_tags)
]
Second = Annotated[str, typer.Argument(metavar="TAG2", help="The other tag.", autocompletion=complete_tags)]


@takes(view)
def diff(
    context: typer.Context,
    how: View,
    first: First,
    second: Second,
    dsttype: options.Dsttype = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
) -> None:
    """Compare two tags on the runs that both have.

    Each dsttype has its states, CPU, memory, sizes and events, and the runs that one tag has alone; the total stands last.
    CPU, sizes and events are those of finished jobs. What is equal is shown with --all.
    """
    from prodcli.books.filters import Filters
    from prodcli.campaigns.compared_tags import compared_tags
    from prodcli.campaigns.difference_table import difference_table
    from prodcli.reports.families import Families

    if first == second:
        raise UsageError(f"{first!r:.80} is compared with itself", todo="name two tags")
    session = current(context)
    books = session.database("production_read", read_only=True)
    filters = Filters(dsttypes=dsttype, runs=runs_of(session, runs, exclude))
    found = compared_tags(books, first, second, filters, Families(session.site).of_dsttype)
    session.show(difference_table(found, first, second, every=how.all or how.is_data), how)
