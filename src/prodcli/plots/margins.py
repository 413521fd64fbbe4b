"""The margins of a picture, as wide as its words need: measuring each word as it is drawn takes as long as drawing.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.plots.figure import Figure, Shape

_LETTER, _SMALL_LETTER = 6.4, 4.4  # mean widths of letters, in points
_LINE, _SMALL_LINE = 14.0, 10.0  # heights of lines, in points
_TICK = 7.0  # with the space behind it
_EDGE = 5.0
_MARK = 34.0  # of a series in the legend, with the frame around


def margins(figure: Figure, width: float, height: float, beside: Sequence[str]) -> dict[str, float]:
    """Where the axes begin and end, as parts of a width and a height in points; `beside` are the names right of the axes."""
    words = max(map(len, beside), default=-1)
    levels = 0 if figure.equal and not figure.levels else max((len(one.name) for one in figure.levels), default=-1)
    left = _EDGE + _LINE + _TICK + _LETTER * _digits(figure)
    right = 2 * _EDGE + (_MARK + _SMALL_LETTER * words if words >= 0 else 0) + _SMALL_LETTER * (levels + 1)
    bottom = _EDGE + _TICK + 2 * _LINE + (_SMALL_LINE if figure.note else 0)
    return {
        "left": left / width,
        "right": max(1 - right / width, 0.4),
        "bottom": bottom / height,
        "top": 1 - (_EDGE + 1.4 * _LINE) / height,
    }


def _digits(figure: Figure) -> int:
    """How many letters the longest number of the y axis has, about."""
    sums: dict[float, float] = {}
    for one in figure.series:
        for x, y in zip(one.x, one.y, strict=True):
            sums[x] = sums.get(x, 0.0) + y if one.shape is Shape.BARS else max(sums.get(x, 0.0), y)
    highs = [y for band in figure.bands for y in band.high]
    top = max((*sums.values(), *highs, *(one.y for one in figure.levels)), default=0.0)
    return len(f"{1.1 * top:,.0f}") if top >= 10 else 4
