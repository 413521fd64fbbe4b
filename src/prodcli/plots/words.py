"""A figure in words, for those who do not see it.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo

from prodcli.errors import one_line
from prodcli.plots.figure import Axis, Figure, Scale, Series, Shape
from prodcli.sizes import counted
from prodcli.time_text import clock_time, short_length


def in_words(figure: Figure, zone: tzinfo = UTC) -> str:
    """What a figure shows: its title, what each series and band says, and the note."""
    if figure.is_empty:
        return one_line(f"{figure.title}: {figure.empty}")
    said = [*_series(figure, zone), *_bands(figure, zone)]
    return one_line(". ".join(filter(None, (figure.title, "; ".join(said), figure.note))))


def _series(figure: Figure, zone: tzinfo) -> Iterator[str]:
    for one in figure.series:
        if not one.x:
            continue
        at = [_place(x, figure.x, zone) for x in (one.x[0], one.x[-1])]
        if one.shape in (Shape.LINE, Shape.DASHED):
            yield f"{one.name}: {_number(one.y[0])} at {at[0]}, {_number(one.y[-1])} at {at[1]}"
        else:
            yield f"{one.name}: {_largest(one, figure.x, zone)}, {at[0]} to {at[1]}"


def _largest(one: Series, axis: Axis, zone: tzinfo) -> str:
    if one.shape is Shape.POINTS:
        return counted(len(one.x), "point")
    place = max(range(len(one.y)), key=one.y.__getitem__)
    return f"at most {_number(one.y[place])} at {_place(one.x[place], axis, zone)}"


def _bands(figure: Figure, zone: tzinfo) -> Iterator[str]:
    """Where a band reaches its top on its high and on its low side: the interval of an end."""
    for band in figure.bands:
        early, late = (
            next(x for x, y in zip(band.x, edge, strict=True) if y >= max(edge)) for edge in (band.high, band.low)
        )
        yield f"{band.name}: {_place(early, figure.x, zone)} to {_place(late, figure.x, zone)}"


def _place(x: float, axis: Axis, zone: tzinfo) -> str:
    if axis.scale is Scale.TIME:
        return clock_time(int(x), zone)
    return short_length(x) if axis.scale is Scale.DURATION else _number(x)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.4g}"
