"""Make a figure of the jobs that are asked for, and show it: as text, as a picture, or its points as data."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from prodcli.cli.hints import hint
from prodcli.cli.options import Style

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.plots.plot_options import Asked
    from prodcli.db import Database
    from prodcli.plots.figure import Figure
    from prodcli.plots.terminal_plot import Paper
    from prodcli.reports.books_report import Question

_OUT = "--out"
_AROUND = 4  # lines of a terminal for title, axes, note and prompt
_LEAST, _MOST = 10, 30  # lines of a plot


def show_figure(
    session: Session, make: Callable[[Database, Question], Figure], asked: Asked, by: str | None = None
) -> None:
    """Show the figure of the jobs that are asked for; without points say so, and write no file."""
    from prodcli.plots.image import kind_of
    from prodcli.reports.books_report import Question
    from prodcli.reports.families import Families

    kind = kind_of(asked.out, _OUT) if asked.out else ""
    filters = asked.chosen.filters(session)
    question = Question(filters, name=Families(session.site).of_dsttype, now=int(time.time()), by=by)
    figure = make(session.database("production_read", read_only=True), question)
    if kind and not figure.is_empty:
        _draw_file(session, figure, asked, kind)
    _tell(session, figure, asked)
    hint(session, filters, not figure.is_empty)


def _draw_file(session: Session, figure: Figure, asked: Asked, kind: str) -> None:
    from prodcli.plots.image import image, write_picture

    assert asked.out is not None
    write_picture(image(figure, kind, _OUT, session.zone, asked.dark), asked.out, _OUT)


def _tell(session: Session, figure: Figure, asked: Asked) -> None:
    """Show the points as data, or what was drawn into a file, or the plot itself."""
    from prodcli.plots.points import point_table

    if asked.style is not Style.TABLE:
        session.show(point_table(figure), asked.style)
    elif figure.is_empty:
        session.summarize(figure.empty)
    elif asked.out is not None:
        session.summarize(f"{asked.out}: {figure.title}")
    else:
        _plot(session, figure)


def _plot(session: Session, figure: Figure) -> None:
    from prodcli.plots.terminal_plot import terminal_plot

    drawn = terminal_plot(figure, _paper(session, len(figure.series) + len(figure.bands)))
    session.show_announcements()
    sys.stdout.write(drawn + "\n")


def _paper(session: Session, entries: int) -> Paper:
    """The terminal, or what a pipe gets: 80 columns without colours."""
    from prodcli.cli.tables.terminal import screen_of
    from prodcli.plots.terminal_plot import Paper

    screen = screen_of(session.zone)
    if screen.width is None:
        return Paper(plain=screen.plain, zone=session.zone)
    from shutil import get_terminal_size  # slow to load

    lines = get_terminal_size().lines - _AROUND - entries
    colours = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Paper(screen.width, min(max(lines, _LEAST), _MOST), colours, screen.plain, session.zone)
