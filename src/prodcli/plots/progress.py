"""The figure of progress: finished jobs over time, and when the open ones will have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.estimates.estimate_table import Estimate, read_estimates
from prodcli.plots.figure import Axis, Band, Figure, Level, Scale, Series, Shape, Tone
from prodcli.reports.books_report import Question
from prodcli.reports.status import status_lines
from prodcli.sizes import counted

_HOUR = 3600
_WITHIN = 7 * 24 * _HOUR  # seconds that are looked back
_UNKNOWN = "no forecast: nothing of some rules ended yet"


def progress(database: Database, question: Question) -> Figure:
    """Finished jobs in the last 7 days, or since a time, and the forecast for the open ones.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    since = (question.filters.since or question.now - _WITHIN) // _HOUR * _HOUR
    every = replace(question, filters=replace(question.filters, since=None))
    lines = status_lines(database, every.filters, None, every.name)
    values = {**every.filters.values(), "since": since}

    def work(tx: Transaction) -> tuple[dict[int, int], list[Estimate]]:
        tx.prefer_lookups()
        return dict(tx.rows("finished_by_hour", **values)), read_estimates(tx, every)

    ends, found = database.read(work)
    counts = {state: sum(line.counts[state] for line in lines) for state in ("finished", "held", "failed")}
    jobs, done = sum(line.jobs for line in lines), counts["finished"]
    series, bands = [_done(ends, done, since, question.now)], []
    rest = whole(found)
    if rest is not None:
        likely, band = _forecast(rest, done, question.now)
        series, bands = [*series, likely], [band]
    return Figure(
        f"{done} of {counted(jobs, 'job')} done",
        Axis("time", Scale.TIME),
        Axis("jobs"),
        series if jobs else [],
        bands,
        [Level(counted(jobs, "job"), jobs)] if jobs else [],
        note="; ".join(_notes(counts, bool(found) and rest is None)),
        empty="no jobs in the books match",
    )


def whole(found: Sequence[Estimate]) -> Estimate | None:
    """The estimate of all that is estimated together; None where there is nothing, or one of them is unknown."""
    from prodcli.estimates.finish_times import latest

    parts = [one for one in found if one.scope != "rule"]
    samples = [one.sample for one in parts if one.sample is not None]
    if not parts or len(samples) < len(parts):
        return None
    return replace(parts[0], left=sum(one.left for one in parts), sample=latest(samples))


def _done(ends: Mapping[int, int], done: int, since: int, now: int) -> Series:
    """How many jobs were done at the end of each hour and are now, counted back from now."""
    begin = max(since, min(ends, default=0) * _HOUR)
    hours = range(begin, now, _HOUR)
    at, left = [float(now)], [float(done)]
    for hour in reversed(hours):
        at.append(float(hour))
        left.append(left[-1] - ends.get(hour // _HOUR, 0))
    return Series("done", Shape.LINE, at[::-1], left[::-1], Tone.DONE)


def _forecast(whole: Estimate, done: int, now: int) -> tuple[Series, Band]:
    """The likely way to the end, and what lies between the early and the late one."""
    from prodcli.estimates.finish_times import interval

    assert whole.sample is not None
    when = interval(whole.sample, now)
    low, middle, high = (max(moment, now + 1) for moment in (when.low, when.middle, when.high))
    end = done + whole.left

    def at(moment: int, last: int) -> float:
        return done + whole.left * min(1.0, (moment - now) / (last - now))

    moments = (now, low, high)
    band = Band("8 of 10", moments, [at(one, high) for one in moments], [at(one, low) for one in moments])
    return Series("likely", Shape.DASHED, [now, middle], [done, end], Tone.FORECAST), band


def _notes(counts: Mapping[str, int], unknown: bool) -> list[str]:
    """What the forecast leaves out."""
    left_out = [f"{counts[state]} {state}" for state in ("held", "failed") if counts[state]]
    return [*([f"not in the forecast: {', '.join(left_out)}"] if left_out else []), *([_UNKNOWN] if unknown else [])]
