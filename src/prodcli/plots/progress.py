"""The figure of progress: finished jobs over time, and when the open ones will have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.estimates.estimate_table import Estimate, estimates_of, is_by_run
from prodcli.estimates.paces import CountedWork, read_work
from prodcli.plots.figure import Axis, Band, Figure, Level, Scale, Series, Shape, Tone
from prodcli.reports.books_report import Question
from prodcli.reports.status import status_lines
from prodcli.reports.status_lines import Line
from prodcli.sizes import counted

_HOUR = 3600
_WITHIN = 7 * 24 * _HOUR  # seconds that are looked back
_UNKNOWN = "no forecast: nothing of some rules ended yet"


class Finished(NamedTuple):
    """How many jobs of a dsttype finished in an hour since 1970."""

    dsttype: str
    hour: int
    jobs: int


@dataclass(frozen=True)
class ProgressRows:
    """The counted rows from which the figure is made: jobs by state, those that finished lately, and the work that is open."""

    lines: Sequence[Line]
    finished: Sequence[Finished]
    work: CountedWork

    def of(self, name: str, dsttypes: Collection[str]) -> ProgressRows:
        """The rows of some dsttypes, which are shown under one name, as if these alone had been read."""
        lines = [one for one in self.lines if one.dsttype == name]
        return ProgressRows(lines, [one for one in self.finished if one.dsttype in dsttypes], self.work.of(dsttypes))


def progress(database: Database, question: Question) -> Figure:
    """Finished jobs in the last 7 days, or since a time, and the forecast for the open ones.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    return progress_figure(read_progress(database, question), question)


def read_progress(database: Database, question: Question) -> ProgressRows:
    """What the figure is made from; raises DatabaseError if the books cannot be read, or are to be upgraded."""
    require_current(database)
    every = _of_all_times(question)
    lines = status_lines(database, every.filters, None, every.name)
    values = {**every.filters.values(), "since": _since(question)}

    def work(tx: Transaction) -> tuple[list[Finished], CountedWork]:
        tx.prefer_lookups()
        finished = list(tx.rows_as(Finished, "finished_by_hour", **values))
        return finished, read_work(tx, every.filters, every.now, is_by_run(every))

    return ProgressRows(lines, *database.read(work))


def _of_all_times(question: Question) -> Question:
    return replace(question, filters=replace(question.filters, since=None))


def _since(question: Question) -> int:
    """When the first hour of the figure began."""
    return (question.filters.since or question.now - _WITHIN) // _HOUR * _HOUR


def progress_figure(rows: ProgressRows, question: Question) -> Figure:
    """The figure of what was read of a question, or of a part of that."""
    lines, since = rows.lines, _since(question)
    ends = Counter[int]()
    for one in rows.finished:
        ends[one.hour] += one.jobs
    found = estimates_of(rows.work, _of_all_times(question))
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
