"""Figures as PNG and SVG, by matplotlib, an optional package that only this room loads; without a window or a display."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from importlib import import_module
from itertools import cycle
from pathlib import Path
from types import MappingProxyType
from typing import Any

from prodcli.errors import ProdError, UsageError, readable
from prodcli.plots.figure import Figure, Scale, Series, Shape, Tone
from prodcli.plots.margins import margins
from prodcli.secrets import hide_secrets
from prodcli.time_text import short_length

KINDS = ("png", "svg")
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c564b", "#f0c419", "#7a68a6")
_MARKERS = "os^vP*XD"
_TONES = {Tone.DONE: "#009e73", Tone.FAILED: "#d55e00", Tone.FORECAST: "#0072b2", Tone.OTHERS: "#999999"}
_SMALLEST, _LARGEST = 24, 220  # area of a mark, in points
_LENGTHS = (1, 10, 60, 300, 1200, 3600, 3 * 3600, 10 * 3600, 24 * 3600, 72 * 3600, 240 * 3600)  # seconds
_MOST_INSIDE = 4  # names of a legend that lies within the axes
_LONGEST = 44  # letters of a name in the legend
_MOST_SHAPES = 200
_WIDTH, _HEIGHT, _HEIGHT_OF_EQUAL = 8.0, 4.5, 7.0  # inches
_POINTS = 72  # of an inch
_GROUNDS = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
_WORDS = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_GRID = "#4a5058"
_INK, _PAPER = "#010203", "#fdfcfb"  # what stands for the colours of the reader until the picture is drawn
_READER_COLOURS = (
    "svg{--ink:#1d2430;--paper:#ffffff}@media (prefers-color-scheme:dark){svg{--ink:#e4e8ee;--paper:#14181f}}"
)
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
_METADATA = re.compile(r" <metadata>.*?</metadata>\n", re.DOTALL)
_STYLE: Mapping[str, Any] = MappingProxyType(
    {
        "text.parse_math": False,  # else a name with two dollars is taken as mathematics
        "svg.fonttype": "none",  # text stays text, which can be searched and read aloud
        "svg.hashsalt": "prodcli",  # the same figure gives the same file
        "font.sans-serif": ["DejaVu Sans"],  # each text of an SVG names all of them
        "axes.grid": True,
        "grid.alpha": 0.35,
        "axes.axisbelow": True,
    }
)


def kind_of(file: Path, option: str) -> str:
    """`png` or `svg`, by the ending of a file; raises UsageError for another ending."""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UsageError("a picture is a .png or .svg file", where=f"{option} {file}")
    return kind


def write_picture(drawn: bytes, file: Path, option: str) -> None:
    """Write a picture; raises ProdError if the file cannot be written."""
    try:
        file.write_bytes(drawn)
    except OSError as failure:
        raise ProdError(f"the picture cannot be written: {failure.strerror}", where=f"{option} {file}") from None


def image(figure: Figure, kind: str, option: str = "plots", zone: tzinfo = UTC, dark: bool = False) -> bytes:
    """A figure as `png` or `svg`; raises ProdError without matplotlib."""
    return _drawn(figure, kind, option, zone, _colours("#16191d", "#16191d", "#e3e6ea") if dark else {})


def reader_svg(figure: Figure, option: str = "plots", zone: tzinfo = UTC) -> bytes:
    """A figure as SVG for pages: without a ground, in the light or dark colours of its reader; raises ProdError without matplotlib."""
    drawn = _drawn(figure, "svg", option, zone, _colours("none", _PAPER, _INK), dpi=96).decode()
    drawn = _METADATA.sub("", _DECIMALS.sub(r"\1", drawn)).replace(_INK, "var(--ink)").replace(_PAPER, "var(--paper)")
    return drawn.replace('<style type="text/css">', f'<style type="text/css">{_READER_COLOURS}', 1).encode()


def _colours(ground: str, legend: str, ink: str) -> dict[str, str]:
    """The colours of a picture that is not black on white."""
    return {
        **dict.fromkeys(_GROUNDS, ground),
        "legend.facecolor": legend,
        **dict.fromkeys(_WORDS, ink),
        "grid.color": _GRID,
    }


def _drawn(figure: Figure, kind: str, option: str, zone: tzinfo, colours: Mapping[str, Any], dpi: int = 150) -> bytes:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Drawing
    except ImportError:
        todo = "pip install 'prodcli[plot]'; without a file the plot is text"
        raise ProdError("matplotlib, which draws pictures, is not installed", where=option, todo=todo) from None
    picture = io.BytesIO()
    style: Any = {**_STYLE, **colours}
    with rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # it is drawn as a box
        drawing = Drawing(figsize=(_WIDTH, _HEIGHT_OF_EQUAL if figure.equal else _HEIGHT), dpi=dpi)
        _draw(drawing, figure, zone)
        drawing.savefig(picture, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return picture.getvalue()


def _draw(drawing: Any, figure: Figure, zone: tzinfo) -> None:
    axes = drawing.add_subplot()
    axes.use_sticky_edges = False
    handles = [*_levels(axes, figure), *_bands(axes, figure), *_series(axes, figure)]
    sized = " (the larger a mark, the more)" if any(one.sizes for one in figure.series) else ""
    axes.set_title(_clean(figure.title) + sized, fontsize="medium", y=1.0)  # to find a place takes long
    axes.set(xlabel=_clean(figure.x.label), ylabel=_clean(figure.y.label))
    _scale(axes.xaxis, figure.x.scale, zone)
    _scale(axes.yaxis, figure.y.scale, zone)
    if figure.equal:
        _equal(axes, figure)
    else:
        axes.set_ylim(bottom=0)
    names = [_name(name) for _, name in handles]
    beside = names if len(names) > _MOST_INSIDE else []
    width, height = drawing.get_size_inches() * _POINTS
    drawing.subplots_adjust(**margins(figure, width, height, beside))
    if handles:
        _legend(axes, [handle for handle, _ in handles], names, drawing.transFigure if beside else None)
    if figure.note:
        drawing.text(0.5, 0.01, _clean(figure.note), fontsize="x-small", ha="center")


def _legend(axes: Any, handles: list[Any], names: list[str], beside: Any) -> None:
    """The legend in the axes, or beside them in the coordinates of the whole picture."""
    place = {"loc": "upper right", "bbox_to_anchor": (0.99, 0.94), "bbox_transform": beside, "borderaxespad": 0.0}
    axes.legend(
        handles, names, fontsize="x-small", framealpha=0.85, markerscale=0.7, **(place if beside else {"loc": "best"})
    )


def _series(axes: Any, figure: Figure) -> list[tuple[Any, str]]:
    """Draw the series, and return what the legend shows of each."""
    free = cycle(zip(COLOURS, _MARKERS, strict=True))
    floor: dict[float, float] = {}
    most = max((size for one in figure.series for size in one.sizes), default=1)
    many = sum(len(one.x) for one in figure.series if one.shape is Shape.POINTS) > _MOST_SHAPES
    found = []
    for one in figure.series:
        colour, marker = (_TONES[one.tone], "o") if one.tone else next(free)
        x = _places(one.x, figure.x.scale)
        if one.shape is Shape.BARS:
            found.append((_bars(axes, one, figure, colour, floor), one.name))
        elif one.shape is Shape.POINTS:
            found.append((axes.scatter(x, one.y, s=_areas(one, most), **_point(colour, marker, many)), one.name))
        else:
            dashes = "--" if one.shape is Shape.DASHED else "-"
            way = "steps-post" if one.shape is Shape.STEPS else "default"
            found += [(line, one.name) for line in axes.plot(x, one.y, dashes, color=colour, drawstyle=way)]
    return found


def _bars(axes: Any, one: Series, figure: Figure, colour: str, floor: dict[float, float]) -> Any:
    """Draw bars on those that are drawn already: one outline, as a shape for each bar takes long."""
    bottom = [floor.get(x, 0.0) for x in one.x]
    top = [low + y for low, y in zip(bottom, one.y, strict=True)]
    floor.update(zip(one.x, top, strict=True))
    corners = list(outline(one.x, figure.step, bottom, top))
    x, low, high = zip(*corners, strict=True) if corners else ((), (), ())
    return axes.fill_between(_places(x, figure.x.scale), low, high, color=colour, linewidth=0)


def outline(
    x: Sequence[float], step: float, bottom: Sequence[float], top: Sequence[float]
) -> Iterator[tuple[float, float, float]]:
    """Where bars begin and end, with their feet and heads; between bars that do not touch there is nothing."""
    end = foot = None
    for at, low, high in zip(x, bottom, top, strict=True):
        if end is not None and foot is not None and at > end:
            yield end, foot, foot
            yield at, low, low
        end, foot = at + step, low
        yield at, low, high
        yield end, low, high


def _point(colour: str, marker: str, many: bool) -> dict[str, Any]:
    """How points look; many of them are pixels in an SVG, too."""
    look = {"color": colour, "marker": marker, "alpha": 0.7, "linewidths": 0.5, "edgecolors": "white", "zorder": 3}
    return {**look, "rasterized": many}


def _areas(one: Series, most: int) -> list[float]:
    """The areas of points, larger for more jobs."""
    return [
        _SMALLEST + (_LARGEST - _SMALLEST) * (size - 1) / max(1, most - 1) for size in one.sizes or [1] * len(one.x)
    ]


def _bands(axes: Any, figure: Figure) -> list[tuple[Any, str]]:
    colour = _TONES[Tone.FORECAST]
    return [
        (axes.fill_between(_places(one.x, figure.x.scale), one.low, one.high, color=colour, alpha=0.2), one.name)
        for one in figure.bands
    ]


def _levels(axes: Any, figure: Figure) -> list[tuple[Any, str]]:
    """Draw level lines, each with its name beside it."""
    for one in figure.levels:
        axes.axhline(one.y, color="#888888", linewidth=0.8, linestyle="--", zorder=1)
        axes.annotate(
            _name(one.name),
            (1, one.y),
            **{"xycoords": ("axes fraction", "data"), "xytext": (4, 0), "textcoords": "offset points"},
            **{"va": "center", "fontsize": "x-small", "annotation_clip": True},
        )
    return []


def _equal(axes: Any, figure: Figure) -> None:
    """The same scale on both axes, and the line where both are equal."""
    most = 1.06 * max((value for one in figure.series for value in (*one.x, *one.y)), default=1.0)
    axes.plot([0, most], [0, most], color="#888888", linewidth=1, linestyle=":")
    axes.set(xlim=(0, most), ylim=(0, most))
    axes.set_aspect("equal")


def _scale(axis: Any, scale: Scale, zone: tzinfo) -> None:
    """Let an axis show times, or lengths of time, as people read them."""
    if scale is Scale.TIME:
        dates: Any = import_module("matplotlib.dates")
        locator = dates.AutoDateLocator(tz=zone)
        axis.set_major_locator(locator)
        axis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))
    elif scale is Scale.DURATION:
        axis.axes.set_xscale("log")
        low, high = axis.axes.get_xlim()
        axis.set_ticks(_LENGTHS, [short_length(seconds) for seconds in _LENGTHS])
        axis.set_ticks([], minor=True)
        axis.axes.set_xlim(low, high)
    elif scale is Scale.PLACE:
        axis.set_major_formatter(lambda value, _: f"{value:.0f}" if value == round(value) else "")
    else:
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace(",", " "))


def _places(values: Any, scale: Scale) -> list[float]:
    """Where values lie on an axis; matplotlib counts times in days."""
    return [value / 86_400 for value in values] if scale is Scale.TIME else list(values)


def _clean(text: str) -> str:
    """A text that shows no secret and hides no control character."""
    return readable(hide_secrets(text))


def _name(name: str) -> str:
    """A name as the legend shows it; matplotlib leaves out names that begin with an underscore."""
    shown = " ".join(_clean(name).split())
    shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    return f" {shown}" if shown.startswith("_") else shown
