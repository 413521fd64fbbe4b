"""The report of estimates: when the open jobs of a campaign, a rule or a run will have ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zlib import crc32

from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.estimates.accuracy import in_words
from prodcli.estimates.durations import Sample
from prodcli.estimates.finish_times import chance_until, finish_times, interval, latest
from prodcli.estimates.paces import CountedWork, Knowledge, Rule, knowledge_of, read_work
from prodcli.estimates.past import PastEstimate, accuracy_of, past_estimates
from prodcli.reports.books_report import Question
from prodcli.tables.table import Cell, Column, Kind, Table

_NONE = "no job is idle or running"
_UNKNOWN = "no end: nothing of this dsttype ended in the last 7 days"
_COUNTS = "held jobs are not counted: they wait for a person"


@dataclass(frozen=True)
class Estimate:
    """The estimate of a campaign, a rule or a run; `sample` in seconds from now on, None if nothing is known."""

    scope: str
    rule: Rule
    run: int | None
    left: int
    running: int
    held: int
    rate: float | None
    sample: Sample | None
    expected_end: int | None = None


def estimates(database: Database, question: Question, known: CountedWork | None = None) -> Table:
    """The estimates of campaigns and of their rules; of runs if they are split by run, or some are chosen.

    `known` is the work of the question if it was read before.
    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    require_current(database)
    lately = replace(question.filters, since=None)

    def work(tx: Transaction) -> tuple[list[Estimate], list[PastEstimate]]:
        counted = known or read_work(tx, question.filters, question.now, is_by_run(question))
        return estimates_of(counted, question), past_estimates(tx, lately, question.now)

    found, past = database.read(work)
    columns = _columns(is_by_run(question))
    rows = [[cells[column.key] for column in columns] for cells in (_cells(one, question.now) for one in found)]
    notes = [
        "" if found else _NONE,
        _UNKNOWN if any(one.sample is None for one in found) else "",
        _COUNTS if any(one.held for one in found) else "",
        in_words(accuracy_of(past)),
    ]
    return Table(columns, rows).noted(*notes)


def estimates_of(work: CountedWork, question: Question) -> list[Estimate]:
    """The estimates of campaigns, each followed by those of its rules; of runs if they are split by run, or some are chosen."""
    known = knowledge_of(work, question.name)
    return list(_of_runs(known, question) if is_by_run(question) else by_campaign(known))


def is_by_run(question: Question) -> bool:
    """True if estimates are those of runs."""
    return question.by == "run" or question.filters.runs is not None


def by_campaign(known: Knowledge) -> Iterator[Estimate]:
    """The estimates of campaigns, each with those of its rules; a tag without a row in the overview is a campaign, too."""
    members: dict[tuple[str, str, int | None], list[Estimate]] = defaultdict(list)
    for rule, _ in sorted(known.backlogs, key=str):
        campaign = known.campaign(rule)
        kind, expected = (campaign.production_type, campaign.expected_end) if campaign else ("", None)
        if known.backlogs[rule, None].left:
            members[rule.tag, kind, expected].append(_estimate("rule", known, rule, None))
    for (tag, kind, expected), rules in sorted(members.items(), key=str):
        yield _whole(Rule(tag, f"all {kind}".strip(), "", ""), rules, expected)
        yield from rules


def _estimate(scope: str, known: Knowledge, rule: Rule, run: int | None) -> Estimate:
    """The estimate of a rule or a run; each rule has outcomes of its own, whatever others there are."""
    backlog, pace = known.backlogs[rule, run], known.paces[rule]
    sample = finish_times(backlog, pace, crc32(repr(rule).encode()))
    return Estimate(scope, rule, run, backlog.left, backlog.running, backlog.held, pace.rate, sample)


def _whole(name: Rule, rules: list[Estimate], expected_end: int | None) -> Estimate:
    """The estimate of a campaign, which ends with the last of its rules."""
    samples = [one.sample for one in rules if one.sample is not None]
    return Estimate(
        "campaign",
        name,
        None,
        sum(one.left for one in rules),
        sum(one.running for one in rules),
        sum(one.held for one in rules),
        sum(one.rate or 0.0 for one in rules) or None,
        latest(samples) if len(samples) == len(rules) else None,
        expected_end,
    )


def _of_runs(known: Knowledge, question: Question) -> Iterator[Estimate]:
    """The estimates of runs; idle jobs of a rule start in the order of their submission."""
    runs = question.filters.runs
    for (rule, run), backlog in sorted(known.backlogs.items(), key=lambda item: (item[0][1] or 0, item[0][0])):
        if run is not None and backlog.left and (runs is None or run in runs):
            yield _estimate("run", known, rule, run)


def _cells(one: Estimate, now: int) -> dict[str, Cell]:
    """The cells of an estimate by the keys of their columns."""
    cells: dict[str, Cell] = {
        **{"scope": one.scope, "run": one.run, "left": one.left, "running": one.running, "held": one.held},
        **{"tag": one.rule.tag, "rule": one.rule.rule, "dataset": one.rule.dataset, "dsttype": one.rule.dsttype},
        **{"ends_per_hour": one.rate, "expected_end": one.expected_end, "in_time_percent": None},
        **dict.fromkeys(("in_low", "in_high", "end", "end_low", "end_high")),
    }
    if one.sample is None:
        return cells
    when = interval(one.sample, now)
    cells |= {"in_low": when.low - now, "in_high": when.high - now}
    cells |= {"end": when.middle, "end_low": when.low, "end_high": when.high}
    if one.expected_end is not None:
        cells["in_time_percent"] = chance_until(one.sample, one.expected_end - now)
    return cells


def _columns(by_run: bool) -> list[Column]:
    return [
        *([Column("run")] if by_run else []),
        Column("tag", shared=True),
        Column("rule"),
        Column("left", kind=Kind.COUNT),
        Column("in_low", "ends in", Kind.DURATION, to="in_high"),
        Column("in_high", kind=Kind.DURATION),
        Column("end", "likely end", Kind.TIME, 1),
        Column("in_time_percent", "in time", Kind.PERCENT, 1, drop_empty=True),
        Column("expected_end", "expected end", Kind.TIME, 2, drop_empty=True),
        Column("ends_per_hour", "ends/h", Kind.NUMBER, 3),
        Column("running", "run", Kind.COUNT, 4),
        Column("held", kind=Kind.COUNT, level=2, style="bold magenta", drop_empty=True),
        Column("end_low", "from", Kind.TIME, 6),
        Column("end_high", "to", Kind.TIME, 6),
        Column("scope", level=7),
        Column("dsttype", level=5),
        Column("dataset", level=6, shared=True),
    ]
