"""Quality results of payloads from the books: by product or run, and the alarms, each with its value against its limit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from prodcli.books.filters import Filters
from prodcli.config.quality_limits import QualityLimit, quality_limits
from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.sizes import counted

_EVERY = 2**62
Product = tuple[str, str, str]  # tag, dataset, dsttype
Limits = Mapping[Product, Mapping[str, QualityLimit]]


class QualityResult(NamedTuple):
    """A result over the jobs of a product, or of a run of it; `word` is that of all jobs, or `several`."""

    tag: str
    dsttype: str
    dataset: str
    key: int | None
    name: str
    jobs: int
    alarms: int
    mean: float | None
    least: float | None
    most: float | None
    word: str | None


class QualityAlarm(NamedTuple):
    """A result of a job that is outside of its limit; `plot` is the path that the job staged a plot out to."""

    dbid: int
    tag: str
    dsttype: str
    dataset: str
    run: int
    segment: int | None
    name: str
    value: float | None
    word: str | None
    plot: str | None


@dataclass(frozen=True)
class QualityQuestion:
    """The jobs of a question, the names of results (empty: all), and the limits of the site by dsttype."""

    filters: Filters
    names: Sequence[str]
    of_site: Mapping[str, Mapping[str, QualityLimit]]


@dataclass(frozen=True)
class QualityAnswer:
    """Results or alarms, with the limits by product."""

    rows: Sequence[QualityResult | QualityAlarm]
    limits: Limits

    @property
    def alarms(self) -> int:
        """How many results of jobs are outside of their limits, as the results by product or run count them."""
        return sum(row.alarms for row in self.rows if isinstance(row, QualityResult))

    def limit(self, row: QualityResult | QualityAlarm) -> QualityLimit | None:
        """The limit of a row."""
        return self.limits.get((row.tag, row.dataset, row.dsttype), {}).get(row.name)


def results(database: Database, question: QualityQuestion, by_run: bool = False) -> QualityAnswer:
    """The results of the chosen jobs by product, or by run; raises DatabaseError if the books cannot be read."""

    def work(tx: Transaction) -> QualityAnswer:
        limits = _limits(tx, question)
        query = tx.named("quality_results").keyed("runnumber" if by_run else "")
        return QualityAnswer(list(tx.rows_as(QualityResult, query, **_values(question, limits))), limits)

    require_current(database)
    return database.read(work)


def alarms(database: Database, question: QualityQuestion, most: int | None = None) -> QualityAnswer:
    """The results outside of their limits, those of the newest jobs first; raises DatabaseError if the books cannot be read."""

    def work(tx: Transaction) -> QualityAnswer:
        limits = _limits(tx, question)
        values = _values(question, limits) | {"most": _EVERY if most is None else most}
        return QualityAnswer(list(tx.rows_as(QualityAlarm, "quality_alarms", **values)), limits)

    require_current(database)
    return database.read(work)


def recent_alarms(
    database: Database, rules: Sequence[str], of_site: Mapping[str, Mapping[str, QualityLimit]]
) -> list[str]:
    """A line for each result of some rules that jobs of the last hour reported outside of its limit.

    As `Full_TRKR_SEED: tracks.mean of 12 jobs was 3.1 to 9.5, the limit is 10 to 50`.
    """

    def work(tx: Transaction) -> list[str]:
        limits = _limits(tx, QualityQuestion(Filters(), (), of_site))
        if not any(limits.values()):
            return []
        rows = tx.rows("recent_alarms", rules=list(rules), **_bound(limits))
        return [_in_words(row, limits) for row in rows]

    return database.read(work)


def _in_words(row: Sequence[Any], limits: Limits) -> str:
    rule, tag, dsttype, dataset, name, jobs, least, most = row
    was = "another word" if least is None else f"{least:g}" if least == most else f"{least:g} to {most:g}"
    return f"{rule}: {name} of {counted(jobs, 'job')} was {was}, the limit is {limits[tag, dataset, dsttype][name]}"


def _limits(tx: Transaction, question: QualityQuestion) -> Limits:
    """The limits by product: those of the site, and over them those of the rule as it was submitted last."""
    values = question.filters.values()
    found = {}
    for tag, dataset, dsttype, quality in tx.rows("limits_of_products", any_tag=values["any_tag"], tags=values["tags"]):
        of_rule = quality_limits(json.loads(quality)) if quality else {}
        found[tag, dataset, dsttype] = {**question.of_site.get(dsttype, {}), **of_rule}
    return found


def _values(question: QualityQuestion, limits: Limits) -> dict[str, object]:
    return {
        **question.filters.values(),
        "any_name": int(not question.names),
        "names": list(question.names),
        **_bound(limits),
    }


def _bound(limits: Limits) -> dict[str, object]:
    return {
        "limits": [
            {**row, "low": one.low, "high": one.high, "worded": int(bool(one.words))} for row, one in _rows(limits)
        ],
        "words": [{**row, "word": word} for row, one in _rows(limits) for word in one.words],
    }


def _rows(limits: Limits) -> Iterator[tuple[dict[str, str], QualityLimit]]:
    for (tag, dataset, dsttype), named in limits.items():
        for name, limit in named.items():
            yield {"tag": tag, "dataset": dataset, "dsttype": dsttype, "name": name}, limit
