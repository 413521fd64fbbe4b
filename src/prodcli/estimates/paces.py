"""Read from the books what estimates are made from: backlogs, paces, and when campaigns are expected to end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from prodcli.books.filters import Filters
from prodcli.db import Transaction
from prodcli.estimates.backlog import Backlog, Pace

ENDS_WITHIN = 24 * 3600  # seconds from which a rate is known
DURATIONS_WITHIN = 7 * 24 * 3600
_HOUR = 3600


class Rule(NamedTuple):
    """The jobs of a rule in a campaign; the dsttype is without the leaf of a host."""

    tag: str
    rule: str
    dataset: str
    dsttype: str


class OpenJobs(NamedTuple):
    """A counted row of open jobs; `position` counts the idle jobs of the rule up to the last of these, of a run."""

    tag: str
    rule: str
    dataset: str
    dsttype: str
    run: int | None
    state: str
    age: int | None
    jobs: int
    position: int | None
    submitted: int | None


class Ends(NamedTuple):
    """The ends of a rule's jobs of a dsttype in an hour since 1970."""

    tag: str
    rule: str
    dataset: str
    dsttype: str
    hour: int
    ends: int
    first_start: int


class Ended(NamedTuple):
    """How many jobs of a dsttype ran so long that ended lately."""

    dsttype: str
    seconds: int
    jobs: int


class Campaign(NamedTuple):
    """A row of the overview, for each dsttype that it has; `expected_end` in seconds since 1970."""

    tag: str
    production_type: str
    prefix: str
    expected_end: int | None


@dataclass(frozen=True)
class Knowledge:
    """All that estimates are made from, by rule and run (None: all runs of the rule)."""

    backlogs: Mapping[tuple[Rule, int | None], Backlog]
    paces: Mapping[Rule, Pace]
    campaigns: tuple[Campaign, ...]
    oldest: Mapping[Rule, int]  # when the first of the open jobs of a rule was submitted

    def campaign(self, rule: Rule) -> Campaign | None:
        """The campaign that a rule belongs to."""
        return next((one for one in self.campaigns if one.tag == rule.tag and _begins(rule.dsttype, one.prefix)), None)


@dataclass(frozen=True)
class CountedWork:
    """The counted rows from which knowledge is made; ends count from `since` until `now`."""

    open: Sequence[OpenJobs]
    ends: Sequence[Ends]
    durations: Sequence[Ended]
    campaigns: Sequence[Campaign]
    since: int
    now: int

    def of(self, dsttypes: Collection[str]) -> CountedWork:
        """The rows of some dsttypes, as if these alone had been read."""
        return replace(
            self,
            open=[one for one in self.open if one.dsttype in dsttypes],
            ends=[one for one in self.ends if one.dsttype in dsttypes],
            durations=[one for one in self.durations if one.dsttype in dsttypes],
        )


def read_knowledge(tx: Transaction, filters: Filters, name: Callable[[str], str], now: int, by_run: bool) -> Knowledge:
    """Read backlogs and paces; the filter's runs are left to the caller, as all runs of a rule share its pace."""
    return knowledge_of(read_work(tx, filters, now, by_run), name)


def read_work(tx: Transaction, filters: Filters, now: int, by_run: bool) -> CountedWork:
    """Read what knowledge is made from; the filter's runs are left to the caller."""
    since = filters.since or now - ENDS_WITHIN
    values = {**replace(filters, runs=None, since=None).values(), "ends_since": since}
    tx.prefer_lookups()
    rows = list(tx.rows_as(OpenJobs, "open_jobs_by_run" if by_run else "open_jobs", **values))
    ends = list(tx.rows_as(Ends, "recent_ends", **values))
    ended = list(tx.rows_as(Ended, "recent_durations", durations_since=now - DURATIONS_WITHIN, **values))
    return CountedWork(rows, ends, ended, list(tx.rows_as(Campaign, "expected_ends")), since, now)


def knowledge_of(work: CountedWork, name: Callable[[str], str]) -> Knowledge:
    """Backlogs and paces; `name` gives the dsttype of a leaf."""
    durations: dict[str, Counter[int]] = defaultdict(Counter)
    for one in work.durations:
        durations[name(one.dsttype)][one.seconds] += one.jobs
    backlogs, oldest = _backlogs(work.open, name)
    rules = {rule for rule, _ in backlogs}
    running = Counter[Rule]()
    for (rule, _), backlog in backlogs.items():
        running[rule] += backlog.running
    paces = {rule: _pace(rule, work, durations[rule.dsttype], running[rule]) for rule in rules}
    return Knowledge(backlogs, paces, tuple(work.campaigns), oldest)


def _backlogs(
    rows: Iterable[OpenJobs], name: Callable[[str], str]
) -> tuple[dict[tuple[Rule, int | None], Backlog], dict[Rule, int]]:
    backlogs: dict[tuple[Rule, int | None], Backlog] = defaultdict(Backlog)
    oldest: dict[Rule, int] = {}
    for row in rows:
        rule = Rule(row.tag, row.rule, row.dataset, name(row.dsttype))
        backlog = backlogs[rule, row.run]
        if row.state == "held":
            backlog.held += row.jobs
            continue
        if row.submitted is not None:
            oldest[rule] = min(oldest.get(rule, row.submitted), row.submitted)
        if row.state == "running":
            backlog.ages[max(row.age or 0, 0)] += row.jobs
        else:
            backlog.idle += row.jobs
            backlog.ahead = backlog.idle if row.position is None else max(backlog.ahead, row.position)
    return dict(backlogs), oldest


def _pace(rule: Rule, work: CountedWork, durations: Counter[int], running: int) -> Pace:
    """The pace of a rule: by its ends, else by the jobs that run and the durations of its dsttype.

    Where the first job started within the time, ends come half a duration later than in a queue at work.
    """
    own = [one for one in work.ends if one[:3] == rule[:3]]
    whole = sum(seconds * jobs for seconds, jobs in durations.items())
    mean = whole / durations.total() if durations else 0.0
    if not own:
        return Pace(running, mean / _HOUR, (), durations, max(running, 1))
    begin = max(work.since, min(one.first_start for one in own) + int(mean / 2))
    hours = max((work.now - begin) / _HOUR, 1 / 60)
    count = sum(one.ends for one in own)
    hourly = tuple(_by_whole_hour(own, begin, work.now))
    return Pace(count, hours, hourly, durations, max(running, round(count / hours * mean / _HOUR), 1))


def _by_whole_hour(ends: list[Ends], begin: int, now: int) -> Iterator[int]:
    """The ends of each whole hour of the time that the rate is taken from."""
    found = Counter[int]()
    for one in ends:
        found[one.hour] += one.ends
    for hour in range(-(-begin // _HOUR), now // _HOUR):
        yield found[hour]


def _begins(dsttype: str, prefix: str) -> bool:
    return dsttype == prefix or dsttype.startswith(f"{prefix}_")
