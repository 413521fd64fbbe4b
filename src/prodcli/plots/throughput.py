"""The figure of throughput: the ends of each hour, finished and failed."""

from __future__ import annotations

from prodcli.db import Database
from prodcli.plots.figure import Axis, Figure, Scale, Series, Shape, Tone
from prodcli.reports import ends
from prodcli.reports.books_report import Question

_HOUR = 3600


def throughput(database: Database, question: Question) -> Figure:
    """The ends of the last 24 hours, or since a time, as `query throughput` counts them.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    table = ends.throughput(database, question)
    rows = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    hours = [float(row["hour"] or 0) for row in rows]
    finished, failed = ([float(row[key] or 0) for row in rows] for key in ("finished", "failed"))
    return Figure(
        f"{sum(finished):.0f} jobs finished, {sum(failed):.0f} failed",
        Axis("time", Scale.TIME),
        Axis("ends per hour"),
        [
            Series("finished", Shape.BARS, hours, finished, Tone.DONE),
            Series("failed", Shape.BARS, hours, failed, Tone.FAILED),
        ],
        step=_HOUR,
        empty=table.note,
    )
