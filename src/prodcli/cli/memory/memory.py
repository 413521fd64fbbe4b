"""prodcli memory report|advise|plot."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import FilterOptions, filter_options
from prodcli.cli.tables.view import View, view

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.memory.advice import Use
    from prodcli.tables.table import Table

app = typer.Typer(help="Compare requested and used memory; advise request_memory.", no_args_is_help=True)


class By(StrEnum):
    """The groups of jobs; by dsttype the hosts of one are folded."""

    DSTTYPE = "dsttype"
    HOST = "host"
    RULE = "rule"
    TAG = "tag"


Groups = Annotated[By, typer.Option("--by", help="Group jobs by this.")]
Headroom = Annotated[
    int, typer.Option("--headroom", min=0, max=1000, metavar="PERCENT", help="Add this to the peaks of jobs.")
]
Steps = Annotated[int, typer.Option("--steps", min=1, max=8, help="Most steps of a ladder.")]

Png = Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Draw the plot into this file.")]


@app.command("report", epilog="Example: prodcli memory report --tag ana537_2025p010_v001 --by rule")
@takes(view)
@takes(filter_options, first=True)
def report(
    context: typer.Context,
    chosen: FilterOptions,
    how: View,
    by: Groups = By.DSTTYPE,
) -> None:
    """Show requested, provisioned and used memory of jobs.

    Finished jobs show used memory. Jobs held for memory show the memory that they exceeded.
    """
    from prodcli.cli.memory.memory_tables import spread_table
    from prodcli.memory.advice import spreads

    session = current(context)

    def made() -> Table:
        uses = _uses(session, chosen, by)
        return spread_table(spreads(uses), _heading(by))

    session.show_live(made, how)


@app.command("advise", epilog="Example: prodcli memory advise --rule Full_TRKR_CLUSTER --since 30d")
@takes(view)
@takes(filter_options, first=True)
def advise(
    context: typer.Context,
    chosen: FilterOptions,
    how: View,
    by: Groups = By.RULE,
    headroom: Headroom = 10,
    steps: Steps = 4,
) -> None:
    """Advise the request_memory, or ladder, of the least cost.

    The cost is GB x hours. The advice follows the memory that finished jobs used.
    """
    from prodcli.cli.memory.memory_tables import advice_table
    from prodcli.memory.advice import advise as advice

    session = current(context)

    def made() -> Table:
        uses = _uses(session, chosen, by)
        return advice_table(advice(uses, headroom / 100, steps), _heading(by))

    session.show_live(made, how)


@app.command("plot", epilog="Example: prodcli memory plot --dsttype DST_TRKR_CLUSTER")
@takes(filter_options, first=True)
def plot(
    context: typer.Context,
    chosen: FilterOptions,
    png: Png = None,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Plot requested against used memory of jobs held for memory.

    With --format json or csv each point is a line.
    """
    from prodcli.cli.memory.memory_tables import point_table, scatter

    session = current(context)
    held = [use for use in _uses(session, chosen, By.HOST) if use.held]
    if png is not None:
        _draw(session, held, png, style)
    elif style is options.Style.TABLE:
        session.show_text(scatter(held))
    else:
        session.show(point_table(held), style)


def _draw(session: Session, held: list[Use], png: Path, style: options.Style) -> None:
    from prodcli.cli.memory.memory_tables import NO_POINT, point_table
    from prodcli.plots.image import image, write_picture
    from prodcli.plots.memory_use import of_uses

    figure = of_uses(held, "that are held for memory", NO_POINT)
    if not figure.is_empty:
        write_picture(image(figure, "png", "--png", session.zone), png, "--png")
    if style is options.Style.TABLE:
        session.summarize(figure.empty if figure.is_empty else f"{png}: {figure.title}")
    else:
        session.show(point_table(held), style)


def _uses(session: Session, chosen: FilterOptions, by: By) -> list[Use]:
    from prodcli.memory.use import memory_use
    from prodcli.reports.families import Families

    filters = chosen.filters(session)
    uses = memory_use(session.database("production_read", read_only=True), filters, _heading(by))
    hint(session, filters, bool(uses))
    if by is not By.DSTTYPE:
        return uses
    families = Families(session.site)
    return [replace(use, group=families.of_dsttype(use.group)) for use in uses]


def _heading(by: By) -> str:
    """The column of the groups: a host is told by the dsttype of its leaf."""
    return By.DSTTYPE if by is By.HOST else by
