"""Plots as files beside their page, and what the page says of them: words, and a link to the points."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from prodcli.pages import links
from prodcli.pages.page import PageFile
from prodcli.plots.image import reader_svg
from prodcli.plots.points import point_table
from prodcli.plots.words import in_words
from prodcli.tables.faces import data_rows

if TYPE_CHECKING:
    from datetime import tzinfo

    from prodcli.pages.plots.page_plots import PagePlot
    from prodcli.plots.figure import Figure
    from prodcli.tables.table import Cell

_WHO = "dashboard html"
_WIDTH, _HEIGHT, _HEIGHT_OF_EQUAL = 768, 432, 672  # pixels of a page


@dataclass(frozen=True)
class ShownPlot:
    """A plot as a page shows it: the addresses of picture and points, and what the picture shows in words.

    A plot without points has no addresses.
    """

    name: str
    slice: str
    title: str
    words: str
    picture: str
    points: str
    height: int
    width: int = _WIDTH


@dataclass(frozen=True)
class ShownPlots:
    """A plot with a heading, or several slices of time, of which the reader chooses one."""

    name: str
    heading: str
    plots: Sequence[ShownPlot]


def shown_plots(page: str, plots: Sequence[PagePlot], zone: tzinfo) -> list[ShownPlots]:
    """The plots of a page, by their headings."""
    found = []
    for heading, some in groupby(plots, key=lambda one: one.heading):
        shown = [_shown(page, one, zone) for one in some]
        found.append(ShownPlots(shown[0].name.partition("-")[0], heading, shown))
    return found


def plot_files(page: str, plots: Sequence[PagePlot], zone: tzinfo) -> Iterator[PageFile]:
    """The pictures of a page with their points; raises ProdError without matplotlib."""
    for one in plots:
        if not one.figure.is_empty:
            yield PageFile(links.plot(page, one.name), reader_svg(one.figure, _WHO, zone))
            yield PageFile(links.points(page, one.name), _points(one.figure))


def _shown(page: str, one: PagePlot, zone: tzinfo) -> ShownPlot:
    figure, words = one.figure, in_words(one.figure, zone)
    height = _HEIGHT_OF_EQUAL if figure.equal else _HEIGHT
    if figure.is_empty:
        return ShownPlot(one.name, one.slice, figure.title, words, "", "", height)
    return ShownPlot(
        one.name, one.slice, figure.title, words, links.plot(page, one.name), links.points(page, one.name), height
    )


def _points(figure: Figure) -> bytes:
    """The points as CSV; columns without any value are left out."""
    rows = list(data_rows(point_table(figure)))
    keys = [key for key in rows[0] if any(row[key] is not None for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_short(row[key]) for key in keys] for row in rows)
    return text.getvalue().encode()


def _short(cell: Cell) -> Cell:
    """A number with six digits; a whole one with all of its own."""
    if not isinstance(cell, float):
        return cell
    return int(cell) if cell.is_integer() else f"{cell:.6g}"
