"""The figure of durations: how many jobs of each dsttype ran how long."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import floor, log

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.plots.figure import OTHERS, Axis, Figure, Scale, Series, Shape, Tone, folded_name, largest_first
from prodcli.reports.books_report import Question
from prodcli.reports.ends import WEEK

WIDER = 1.25  # each bar is so much wider than the one before; the books tell durations to within a tenth


def durations(database: Database, question: Question) -> Figure:
    """Jobs that ended in the last 7 days, or since a time, as estimates see them.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    since = question.filters.since if question.filters.since is not None else question.now - WEEK

    def work(tx: Transaction) -> dict[str, Counter[int]]:
        tx.prefer_lookups()
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for dsttype, seconds, jobs in tx.rows("recent_durations", durations_since=since, **question.filters.values()):
            found[question.name(dsttype)][bin_of(seconds)] += jobs
        return found

    found = database.read(work)
    named = largest_first({name: bins.total() for name, bins in found.items()})
    folded: dict[str, Counter[int]] = defaultdict(Counter)
    for name, bins in found.items():
        folded[folded_name(name, named)].update(bins)
    names = [*named, *([OTHERS] if OTHERS in folded and OTHERS not in named else [])]
    return Figure(
        f"{sum(bins.total() for bins in folded.values())} jobs that ended",
        Axis("duration", Scale.DURATION),
        Axis("jobs"),
        [_series(name, folded[name], name not in named) for name in names],
        empty="no job ended in this time",
    )


def bin_of(seconds: int) -> int:
    """The bar that a duration is in."""
    return floor(log(max(seconds, 1), WIDER) + 1e-9)


def _series(name: str, bins: Counter[int], is_others: bool) -> Series:
    """The bars as steps, from an empty one before the shortest to an empty one after the longest."""
    places = range(min(bins) - 1, max(bins) + 2)
    tone = Tone.OTHERS if is_others else Tone.NONE
    return Series(
        f"{bins.total()} {name}",
        Shape.STEPS,
        [WIDER**place for place in places],
        [bins[place] for place in places],
        tone,
    )
