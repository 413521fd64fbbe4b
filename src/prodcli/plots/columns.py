"""Bars as columns of a terminal: many bars in a column are their mean, so that a rate stays a rate.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence

from prodcli.plots.figure import Series


def at_columns(bars: Sequence[Series], step: float, columns: int) -> tuple[list[float], list[list[float]]]:
    """The places of the columns, and the mean height of each series over each column."""
    edges = [x for one in bars for x in one.x]
    if not edges:
        return [], [[] for _ in bars]
    begin, end = min(edges), max(edges) + step
    width = (end - begin) / columns
    places = [begin + width * (n + 0.5) for n in range(columns)]
    return places, [_means(one, step, begin, width, columns) for one in bars]


def _means(one: Series, step: float, begin: float, width: float, columns: int) -> list[float]:
    """The mean heights of bars over columns; what no bar covers counts as zero."""
    found = [0.0] * columns
    for x, y in zip(one.x, one.y, strict=True):
        first, last = (x - begin) / width, (x + step - begin) / width
        for column in range(int(first), min(columns, int(last) + 1)):
            found[column] += y * max(0.0, min(last, column + 1) - max(first, column))
    return found
