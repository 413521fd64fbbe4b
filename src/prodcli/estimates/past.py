"""Keep estimates hour by hour, note when their jobs had ended, and tell how good they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.estimates.paces import Knowledge, Rule, read_knowledge
from prodcli.reports.books_report import percent

EVERY = 3600  # seconds between estimates that are kept
WITHIN = 30 * 24 * 3600  # seconds for which past estimates count


class PastEstimate(NamedTuple):
    """An estimate that was kept, in seconds since 1970; `ended` is None while its jobs are open."""

    tag: str
    rule: str
    dataset: str
    dsttype: str
    made: int
    low: int
    middle: int
    high: int
    ended: int | None


@dataclass(frozen=True)
class Accuracy:
    """How good some estimates were: of those whose jobs have ended, shares in percent.

    `error_percent` is the median of what the likely end was too late (or, below 0, too early), of the time until the end.
    """

    estimates: int
    ended: int
    within_percent: float | None
    earlier_percent: float | None
    later_percent: float | None
    error_percent: float | None


def keep_estimates(database: Database, name: Callable[[str], str] = str) -> int:
    """Once an hour, keep an estimate of each rule with open jobs, and note which older ones have ended.

    Returns the number of estimates that were kept. Raises DatabaseError if the books cannot be read or written.
    """
    last, now = database.read(lambda tx: next(tx.rows("last_estimates")))
    if last is not None and now - last < EVERY:
        return 0
    known = database.read(lambda tx: read_knowledge(tx, Filters(), name, now, by_run=False))
    open_rules = [
        {"tag": rule.tag, "rule": rule.rule, "dataset": rule.dataset, "submitted": submitted}
        for rule, submitted in known.oldest.items()
    ]
    rows = _estimated(known, now)

    def work(tx: Transaction) -> None:
        tx.run("end_estimates", since=(last or now) - EVERY, open=open_rules)
        tx.run("keep_estimates", rows=rows)

    database.write(work)
    return len(rows)


def _estimated(known: Knowledge, now: int) -> list[dict[str, object]]:
    """The estimates of rules, as rows; where there is something to estimate, with the library for it."""
    backlogs = {rule: backlog for (rule, _), backlog in known.backlogs.items() if known.paces[rule].tells_of(backlog)}
    if not backlogs:
        return []
    from prodcli.estimates.finish_times import finish_times, interval

    rows: list[dict[str, object]] = []
    for rule, backlog in backlogs.items():
        sample = finish_times(backlog, known.paces[rule])
        if sample is not None:
            when = interval(sample, now)
            times = {"made": now, "low": when.low, "middle": when.middle, "high": when.high}
            rows.append({**rule._asdict(), "jobs": backlog.left, **times})
    return rows


def past_estimates(tx: Transaction, filters: Filters, now: int) -> list[PastEstimate]:
    """The estimates of the last 30 days, for jobs of the tags, dsttype and rule of a filter."""
    since = filters.since or now - WITHIN
    return list(tx.rows_as(PastEstimate, "past_estimates", made_since=since, **filters.values()))


def by_rule(past: Sequence[PastEstimate]) -> dict[Rule, Accuracy]:
    """How good the estimates of each rule were."""
    found: dict[Rule, list[PastEstimate]] = defaultdict(list)
    for one in past:
        found[Rule(*one[:4])].append(one)
    return {rule: accuracy_of(found[rule]) for rule in sorted(found)}


def accuracy_of(past: Sequence[PastEstimate]) -> Accuracy:
    """How good some estimates were."""
    ended = [(one, one.ended) for one in past if one.ended is not None]
    errors = [100.0 * (one.middle - end) / (end - one.made) for one, end in ended if end > one.made]
    earlier, later = sum(end < one.low for one, end in ended), sum(end > one.high for one, end in ended)
    return Accuracy(
        len(past),
        len(ended),
        percent(len(ended) - earlier - later, len(ended)),
        percent(earlier, len(ended)),
        percent(later, len(ended)),
        median(errors) if errors else None,
    )
