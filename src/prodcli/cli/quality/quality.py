"""prodcli quality."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.context import current
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import FilterOptions, as_options, filter_options
from prodcli.cli.tables.view import View, view

if TYPE_CHECKING:
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli quality --tag ana537_2025p010_v001 --by run"


class By(StrEnum):
    """What splits the rows."""

    RUN = "run"


Names = Annotated[
    list[str] | None,
    typer.Option("--result", metavar="NAMES...", help="Only results of these names, like tracks.mean."),
]
Alarms = Annotated[bool, typer.Option("--alarms", help="List each result that is outside of its limits, with its job.")]
By_ = Annotated[By | None, typer.Option("--by", help="Split each row by this.")]


@takes(view)
@takes(filter_options, first=True)
def quality(
    context: typer.Context,
    chosen: FilterOptions,
    how: View,
    result: Names = None,
    by: By_ = None,
    alarms: Alarms = False,
) -> None:
    """Show quality results that jobs reported, against limits.

    Limits are those of the rule as it was submitted last (job.quality), else of the site (quality). With --alarms each
    result outside of its limits is a row, with the plot that the job staged out.
    """
    from prodcli.quality import results
    from prodcli.quality.quality_table import alarms_table, results_table

    session = current(context)
    filters = chosen.filters(session)
    question = results.QualityQuestion(filters, result or (), session.site.quality)
    books = session.database("production_read", read_only=True)
    typed = chosen.as_typed + as_options(("--result", result))
    found = True

    def made() -> Table:
        nonlocal found
        if alarms:
            table = alarms_table(results.alarms(books, question))
        else:
            table = results_table(results.results(books, question, by is By.RUN), by is By.RUN, typed)
        found = bool(table.rows)
        return table

    session.show_live(made, how)
    hint(session, filters, found or alarms)
