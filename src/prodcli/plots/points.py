"""The points of a figure as a table, for JSON and CSV.

Pure: data in, data out.
"""

from __future__ import annotations

from itertools import zip_longest

from prodcli.plots.figure import Figure, Scale
from prodcli.tables.table import Cell, Column, Kind, Table

_KINDS = {
    Scale.NUMBER: Kind.NUMBER,
    Scale.TIME: Kind.TIME,
    Scale.DURATION: Kind.NUMBER,
    Scale.MEMORY: Kind.MEMORY,
    Scale.PLACE: Kind.TEXT,
}


def point_table(figure: Figure) -> Table:
    """A row for each point of a series; bands have `low` and `high` instead of y, points of several jobs their number."""
    columns = [
        Column("series"),
        Column("x", kind=_KINDS[figure.x.scale]),
        Column("y", kind=_KINDS[figure.y.scale]),
        Column("low", kind=_KINDS[figure.y.scale]),
        Column("high", kind=_KINDS[figure.y.scale]),
        Column("jobs", kind=Kind.COUNT),
    ]
    rows: list[list[Cell]] = []
    for one in figure.series:
        points = zip_longest(one.x, one.y, one.sizes)
        rows += [[one.name, _cell(x, figure.x.scale), y, None, None, size] for x, y, size in points]
    for band in figure.bands:
        edges = zip(band.x, band.low, band.high, strict=True)
        rows += [[band.name, _cell(x, figure.x.scale), None, low, high, None] for x, low, high in edges]
    return Table(columns, rows, title=figure.title, note=figure.note if rows else figure.empty)


def _cell(value: float, scale: Scale) -> Cell:
    """A number of an axis as a cell; times are whole seconds."""
    return int(value) if scale in (Scale.TIME, Scale.PLACE) else value
