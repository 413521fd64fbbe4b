"""The figure of slots: how many jobs of each rule or tag ran at a time, and which share of the slots each had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.memory.use import GROUPS
from prodcli.plots.figure import OTHERS, Axis, Figure, Scale, Series, Shape, Tone, folded_name, largest_first
from prodcli.reports.books_report import Question

_DAY = 24 * 3600
_PARTS = 96  # of the time
_NONE = "no job of prodcli ran in this time"


class Change(NamedTuple):
    """How many slots were taken more than left in a part of the time; `moments` is the sum of their seconds from its begin."""

    key: str | None
    part: int
    slots: int
    moments: int


def slots(database: Database, question: Question, until: int | None = None) -> Figure:
    """The slots of the last 24 hours, or from `since` to `until`, by `question.by`: rule, tag or dsttype.

    A held job took its slot until it was held. Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    by = question.by or "rule"
    end = min(until or question.now, question.now)
    since = question.filters.since if question.filters.since is not None else end - _DAY
    step = max(60, -(-(end - since) // _PARTS))
    values = {**question.filters.values(), "since": since, "until": end, "step": step}

    def work(tx: Transaction) -> list[Change]:
        tx.prefer_lookups()
        return list(tx.rows_as(Change, tx.named("slot_changes").keyed(GROUPS[by]), **values))

    changes: dict[str, list[Change]] = defaultdict(list)
    for one in database.read(work) if end > since else []:
        changes[question.name(one.key or "") if by == "dsttype" else one.key or ""].append(one)
    shares = {name: shares_of(found, step, end - since) for name, found in changes.items()}
    return _figure(shares, since, step, end)


def shares_of(changes: Sequence[Change], step: int, length: int) -> list[float]:
    """The mean number of slots in each part of a time; the last part may be shorter."""
    means, slots, moments, before = [], 0, 0, 0.0
    by_part = defaultdict(list)
    for one in changes:
        by_part[one.part].append(one)
    for part, begin in enumerate(range(0, length, step)):
        end = min(begin + step, length)
        slots += sum(one.slots for one in by_part[part])
        moments += sum(one.moments for one in by_part[part])
        taken = float(end * slots - moments)  # seconds of slots until then
        means.append((taken - before) / (end - begin))
        before = taken
    return means


def _figure(shares: Mapping[str, Sequence[float]], since: int, step: int, end: int) -> Figure:
    lengths = [min(step, end - begin) for begin in range(since, end, step)]
    used = {name: sum(map(_product, means, lengths)) for name, means in shares.items()}
    whole = sum(used.values())
    mean = whole / (end - since) if end > since else 0.0
    return Figure(
        f"{mean:.4g} slots at a time",
        Axis("time", Scale.TIME),
        Axis("jobs that ran"),
        list(_series(shares, used, range(since, end, step))) if whole else [],
        step=step,
        empty=_NONE,
    )


def _series(shares: Mapping[str, Sequence[float]], used: dict[str, float], begins: range) -> Iterator[Series]:
    """A series for each of the largest, and one for all others; its name begins with its share of the time of slots."""
    named = largest_first(used)
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(begins))
    parts: dict[str, float] = defaultdict(float)
    whole = sum(used.values())
    for name, means in shares.items():
        folded = folded_name(name, named)
        sums[folded] = [one + other for one, other in zip(sums[folded], means, strict=True)]
        parts[folded] += used[name]
    for name in [*named, *([OTHERS] if OTHERS in sums and OTHERS not in named else [])]:
        tone = Tone.NONE if name in named else Tone.OTHERS
        yield Series(f"{100 * parts[name] / whole:.0f}% {name}", Shape.BARS, list(begins), sums[name], tone)


def _product(mean: float, seconds: int) -> float:
    return mean * seconds
