"""Figures as text for terminals, by plotext, an optional package that only this module loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import cycle, pairwise
from math import floor, log10
from textwrap import wrap
from types import MappingProxyType
from typing import Any, NamedTuple

from prodcli.errors import ProdError, one_line
from prodcli.plots.columns import at_columns
from prodcli.plots.figure import Figure, Scale, Series, Shape, Tone
from prodcli.time_text import short_length

WIDTH, HEIGHT = 80, 20
_LEAST_WIDTH, _LEAST_HEIGHT = 30, 8
_COLOURS = (12, 11, 14, 13, 10, 3, 4, 5)  # of the sixteen that every terminal has
_TONES = MappingProxyType({Tone.DONE: 2, Tone.FAILED: 9, Tone.FORECAST: 12, Tone.OTHERS: 8})
_LETTERS = "#ox+*%@&="
_EDGE = "."  # of a band
_TICKS = 5
_DAY = 86_400
_LONGEST = 44  # letters of a name
_FRAME, _IN_ASCII = "─│┌┐└┘┤├┬┴┼█•", "-|+++++++++#o"


@dataclass(frozen=True)
class Paper:
    """What a figure is drawn on: columns and rows; series differ by colours, else by letters; `plain` has only ASCII."""

    width: int = WIDTH
    height: int = HEIGHT
    colours: bool = False
    plain: bool = False
    zone: tzinfo = UTC


class Ink(NamedTuple):
    """The letter that a series is drawn with, and its colour."""

    letter: str
    colour: int


def terminal_plot(figure: Figure, paper: Paper) -> str:
    """A figure as lines of text: its title, the plot, what each colour or letter stands for, and the note.

    Raises ProdError without plotext.
    """
    try:
        import plotext
    except ImportError:
        todo = "pip install 'prodcli[plot]', or see the points with --format csv"
        raise ProdError("plotext, which draws on terminals, is not installed", todo=todo) from None
    width = max(paper.width, _LEAST_WIDTH)
    plot: Any = plotext.figure
    plot.clear.all()
    plotext.terminal.limit(False, False)
    plot.theme("simple" if paper.colours else "colorless")
    plot.plot_size(width, max(paper.height, _LEAST_HEIGHT))
    inks = list(_inks(figure, paper.colours))
    _draw(plotext, figure, inks, width)
    _ticks(plot, figure, paper.zone)
    drawn = plot.build().string(colorless=not paper.colours).splitlines()
    legend = [_entry(one.name, ink, paper.colours) for one, ink in zip(figure.series, inks, strict=True)]
    axes = f"{figure.y.label} (up), {figure.x.label} (right)"
    around = [f"  {_EDGE} {one_line(band.name)}" for band in figure.bands]
    words = [one_line(figure.title), *(line.rstrip() for line in drawn), *legend, *around, one_line(axes)]
    lines = [*words, *wrap(one_line(figure.note), width)]
    text = "\n".join(line for line in lines if line)
    return text.translate(str.maketrans(_FRAME, _IN_ASCII)) if paper.plain else text


def _inks(figure: Figure, colours: bool) -> Iterator[Ink]:
    """The inks of the series, which differ in letters or in colours."""
    letters, free = cycle(_LETTERS), cycle(_COLOURS)
    for one in figure.series:
        block = "•" if one.shape is Shape.POINTS else "█"
        colour = _TONES[one.tone] if one.tone else next(free)
        yield Ink(block if colours and one.shape is not Shape.DASHED else next(letters), colour)


def _draw(plotext: Any, figure: Figure, inks: Sequence[Ink], width: int) -> None:
    """Draw the series; of bars that stand on one another the highest come first, and lower ones cover their feet."""
    plot = plotext.figure
    bars = [one for one in figure.series if one.shape is Shape.BARS]
    tops, heights = _stacked(bars, figure.step, 2 * width)  # more than the frame has, so that none is left empty
    for band in figure.bands:
        for edge in (band.low, band.high):
            signal = plot.signal(_on(band.x, figure.x.scale), list(edge), marker=plotext.marker(_EDGE))
            plot.draw(signal.lines(True))
    drawn = list(zip(figure.series, inks, strict=True))
    for one, ink in reversed(drawn) if bars else drawn:
        marker = plotext.marker(ink.letter, plotext.pixel(foreground=ink.colour))
        if one.shape is Shape.BARS:
            number = next(i for i, bar in enumerate(bars) if bar is one)
            places = [
                (x, top) for x, top, own in zip(heights.places, tops[number], heights.of[number], strict=True) if own
            ]
            if places:
                plot.draw(plot.signal(*map(list, zip(*places, strict=True)), marker=marker).fillx())
        elif one.x:
            x, y = (_levelled(one.x, one.y)) if one.shape is Shape.STEPS else (list(one.x), list(one.y))
            plot.draw(plot.signal(_on(x, figure.x.scale), y, marker=marker).lines(one.shape is not Shape.POINTS))


class _Heights(NamedTuple):
    places: Sequence[float]
    of: Sequence[Sequence[float]]


def _stacked(bars: Sequence[Series], step: float, columns: int) -> tuple[list[list[float]], _Heights]:
    """The tops of bars that stand on one another, column by column, and their own heights."""
    places, heights = at_columns(bars, step, columns)
    tops: list[list[float]] = []
    below = [0.0] * len(places)
    for own in heights:
        below = [low + high for low, high in zip(below, own, strict=True)]
        tops.append(below)
    return tops, _Heights(places, heights)


def _levelled(x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """The corners of a line that is level from each x to the next."""
    corners = [(x[0], y[0])]
    for (_, old), (at, new) in pairwise(zip(x, y, strict=True)):
        corners += [(at, old), (at, new)]
    return [at for at, _ in corners], [level for _, level in corners]


def _on(values: Sequence[float], scale: Scale) -> list[float]:
    """Where values lie on an axis; lengths of time on a logarithmic one."""
    return [log10(max(value, 1.0)) for value in values] if scale is Scale.DURATION else list(values)


def _ticks(plot: Any, figure: Figure, zone: tzinfo) -> None:
    """The numbers of both axes; y begins at zero."""
    values = [value for one in figure.series for value in one.x] + [value for one in figure.bands for value in one.x]
    x = _on(values, figure.x.scale)
    if figure.series and figure.series[0].shape is Shape.BARS:
        x = [*x, max(x, default=0.0) + figure.step]
    low, high = min(x, default=0.0), max(x, default=1.0)
    if figure.equal:
        low, high = 0.0, round_levels(high)[-1]
    high = high if high > low else low + 1.0
    places = [low + (high - low) * n / (_TICKS - 1) for n in range(_TICKS)]
    plot.ruler("x", "lower").lim(low, high)
    plot.ruler("x", "lower").ticks(places, [_label(place, figure.x.scale, high - low, zone) for place in places])
    levels = round_levels(max(_tops(figure), default=0.0))
    plot.ruler("y", "left").lim(0.0, levels[-1])
    plot.ruler("y", "left").ticks(levels, [_number(level) for level in levels])


def round_levels(top: float) -> list[float]:
    """Zero and round numbers above, four or five of them, the last at least as large as `top`."""
    unit = 10.0 ** floor(log10(top)) / 10 if top > 0 else 0.1
    step = next(unit * one for one in (2.5, 4, 5, 7.5, 10, 15, 20, 25) if 4 * unit * one >= top)
    return [step * n for n in range(_TICKS)]


def _tops(figure: Figure) -> Iterator[float]:
    """The greatest values: sums of bars that stand on one another, points, and level lines."""
    sums: dict[float, float] = {}
    for one in figure.series:
        for x, y in zip(one.x, one.y, strict=True):
            sums[x] = sums.get(x, 0.0) + y if one.shape is Shape.BARS else max(sums.get(x, 0.0), y)
    yield from sums.values()
    yield from (one.y for one in figure.levels if not figure.equal)


def _label(place: float, scale: Scale, span: float, zone: tzinfo) -> str:
    """A number of the x axis as people read it."""
    if scale is Scale.TIME:
        form = "%H:%M" if span < _DAY else "%m-%d %H:%M" if span < 30 * _DAY else "%Y-%m-%d"
        return f"{datetime.fromtimestamp(place, zone):{form}}"
    return short_length(10**place) if scale is Scale.DURATION else _number(place)


def _number(value: float) -> str:
    """A number with four digits, or all digits of a large one."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def _entry(name: str, ink: Ink, colours: bool) -> str:
    """A line that says what a letter or colour stands for."""
    shown = one_line(name)
    shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
    letter = f"\x1b[38;5;{ink.colour}m{ink.letter}\x1b[0m" if colours else ink.letter
    return f"  {letter} {shown}"
