"""The event profile: how many events jobs wrote, as they reported, by run or by segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.plots.figure import OTHERS, Axis, Figure, Scale, Series, Shape, Tone, folded_name, largest_first
from prodcli.reports.books_report import Question

_KEYS = {"run": "j.runnumber", "segment": "j.segment"}
_NONE = "no finished job in the books reported its events"


class Events(NamedTuple):
    """The events of the jobs of a dsttype in a run, or in a segment."""

    place: int | None
    dsttype: str
    jobs: int
    events_out: int


def events(database: Database, question: Question) -> Figure:
    """The events that finished jobs wrote, by `question.by`: run or segment; hosts and runs are added up.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    return event_figure(read_events(database, question), question)


def read_events(database: Database, question: Question) -> list[Events]:
    """What the figure is made from; raises DatabaseError if the books cannot be read, or are to be upgraded."""
    require_current(database)

    def work(tx: Transaction) -> list[Events]:
        tx.prefer_lookups()
        query = tx.named("events_by_place").keyed(_KEYS[question.by or "run"])
        return list(tx.rows_as(Events, query, **question.filters.values()))

    return database.read(work)


def event_figure(found: Sequence[Events], question: Question) -> Figure:
    """The figure of what was read of a question, or of a part of that."""
    rows = [one._replace(dsttype=question.name(one.dsttype)) for one in found if one.place is not None]
    sums: dict[str, float] = defaultdict(float)
    for one in rows:
        sums[one.dsttype] += one.events_out
    jobs, whole = sum(one.jobs for one in rows), sum(one.events_out for one in rows)
    return Figure(
        f"{whole} events, written by {jobs} jobs",
        Axis(question.by or "run", Scale.PLACE),
        Axis("events written"),
        _series(rows, largest_first(sums)),
        empty=_NONE,
    )


def _series(rows: list[Events], named: list[str]) -> list[Series]:
    """A series for each of the largest dsttypes, and one for all others."""
    places: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for one in rows:
        places[folded_name(one.dsttype, named)][one.place or 0] += one.events_out
    names = [*named, *([OTHERS] if OTHERS in places and OTHERS not in named else [])]
    return [
        Series(name, Shape.POINTS, x := sorted(places[name]), [places[name][place] for place in x], _tone(name, named))
        for name in names
    ]


def _tone(name: str, named: list[str]) -> Tone:
    return Tone.NONE if name in named else Tone.OTHERS
