"""prodcli plot progress|throughput|memory|slots|durations|events."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.context import current
from prodcli.cli.option_groups import takes
from prodcli.cli.plots.plot_options import Asked, asked

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.plots.figure import Figure
    from prodcli.reports.books_report import Question

app = typer.Typer(help="Plot progress, throughput, memory, slots, durations, events.", no_args_is_help=True)


class Group(StrEnum):
    """What tells jobs apart."""

    RULE = "rule"
    TAG = "tag"
    DSTTYPE = "dsttype"


class Place(StrEnum):
    """What events are shown over."""

    RUN = "run"
    SEGMENT = "segment"


ByGroup = Annotated[Group, typer.Option("--by", help="Tell jobs apart by this.")]
ByPlace = Annotated[Place, typer.Option("--by", help="Show the events over this.")]
Until = Annotated[
    str | None, typer.Option("--until", help="Until when: 2026-01-31, or 36h, 7d ago; default: until now.")
]


@app.command("progress", epilog="Example: prodcli plot progress --tag ana537_2025p010_v001")
@takes(asked)
def progress(context: typer.Context, said: Asked) -> None:
    """Plot finished jobs over time, and the forecast.

    The forecast is for the open jobs. Looks back 7 days, or to --since.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.plots.progress import progress as made

    show_figure(current(context), made, said)


@app.command("throughput", epilog="Example: prodcli plot throughput --since 3d")
@takes(asked)
def throughput(context: typer.Context, said: Asked) -> None:
    """Plot how many jobs ended in each hour: finished, failed.

    Looks back 24 hours, or to --since.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.plots.throughput import throughput as made

    show_figure(current(context), made, said)


@app.command("memory", epilog="Example: prodcli plot memory --dsttype DST_TRKR_CLUSTER")
@takes(asked)
def memory(context: typer.Context, said: Asked, by: ByGroup = Group.DSTTYPE) -> None:
    """Plot requested against used memory of jobs.

    Jobs that finished, and jobs held for memory; of jobs that were submitted since --since.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.plots.memory_use import memory as made

    show_figure(current(context), made, said, by)


@app.command("slots", epilog="Example: prodcli plot slots --by tag --since 3d --until 1d")
@takes(asked)
def slots(context: typer.Context, said: Asked, by: ByGroup = Group.RULE, until: Until = None) -> None:
    """Plot how many jobs ran at a time, by rule or tag.

    The legend has the share of each. Looks back 24 hours; --since and --until select a slice of time.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.cli.times import since_of
    from prodcli.errors import UsageError
    from prodcli.plots.slots import slots as made

    since = said.chosen.since
    begin, end = since_of(since), since_of(until, "--until")
    if begin is not None and end is not None and end <= begin:
        raise UsageError("the slice ends before it begins", where=f"--until {until}", todo=f"after --since {since}")

    def make(database: Database, question: Question) -> Figure:
        return made(database, question, end)

    show_figure(current(context), make, said, by)


@app.command("durations", epilog="Example: prodcli plot durations --tag ana537_2025p010_v001")
@takes(asked)
def durations(context: typer.Context, said: Asked) -> None:
    """Plot how many jobs of each dsttype ran how long.

    Jobs that ended in the last 7 days, or since --since.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.plots.durations import durations as made

    show_figure(current(context), made, said)


@app.command("events", epilog="Example: prodcli plot events --runs 66400-66700 --by run")
@takes(asked)
def events(context: typer.Context, said: Asked, by: ByPlace = Place.RUN) -> None:
    """Plot how many events finished jobs wrote, as they reported.

    By run or by segment; of jobs that were submitted since --since.
    """
    from prodcli.cli.plots.show_figure import show_figure
    from prodcli.plots.event_profile import events as made

    show_figure(current(context), made, said, by)
