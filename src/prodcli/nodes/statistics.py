"""Compare the outcomes of jobs on each node with similar jobs on all other nodes. Pure numbers.

Nodes are compared dsttype by dsttype: a node that only got jobs of a broken rule is no worse than the others.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from prodcli.batch.hold_codes import is_memory
from prodcli.batch.node_list import node_of
from prodcli.time_text import lasted

START = 6  # the hold code of a job whose script could not be started
# Holds that a node may be to blame for: it cannot start a job, reach its folders or move its files. A person, a policy, the
# job's own size or its memory are not of the node's making. Source: HTCondor manual, job ClassAd attribute HoldReasonCode.
SUSPECT = frozenset({START, 7, 8, 9, 10, 12, 13, 14, 19, 23, 35, 45})
_QUICK = 0.1  # of the median run time of the dsttype
_QUICK_SECONDS = 60  # where no job of the dsttype has finished
_FEW = 5  # quick failures; fewer are no evidence
_SHARE, _TIMES = 0.2, 5  # of the jobs there, and so many times what is usual elsewhere
_SURE = 0.001  # how likely it may be that any of the nodes looks like a black hole by chance


class JobOutcome(StrEnum):
    """How a job left a node."""

    FINISHED = "finished"
    FAILED = "failed"
    HELD = "held"
    EVICTED = "evicted"


@dataclass(frozen=True, slots=True)
class JobOutcomes:
    """A number of jobs of a dsttype with the same outcome on a node; `seconds` is their run time, None if unknown."""

    node: str
    dsttype: str
    outcome: JobOutcome
    code: int | None
    subcode: int | None
    seconds: int | None
    jobs: int

    @property
    def suspect(self) -> bool:
        """True if the cause may lie in the node."""
        return self.outcome is JobOutcome.FAILED or (self.outcome is JobOutcome.HELD and self.code in SUSPECT)

    @property
    def counts(self) -> bool:
        """True if the outcome says something about the node, for or against."""
        return self.suspect or self.outcome is JobOutcome.FINISHED


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node: jobs that finished, failed or were held there, and the comparison with other nodes.

    `trouble` are failures and holds that may lie in the node, `judged` those and finished jobs. `quick` of the trouble
    came within a tenth of the usual run time, the slowest after `quick_within` seconds. `elsewhere` and
    `quick_elsewhere` are the shares of jobs of the same dsttypes on other nodes, None without such jobs. `chance` is
    the probability of at least this much trouble on a node that is like the others.
    """

    node: str
    jobs: int
    failed: int
    held: int
    start_holds: int
    memory_holds: int
    evicted: int
    judged: int
    trouble: int
    quick: int
    quick_within: int
    elsewhere: float | None
    quick_elsewhere: float | None
    chance: float | None
    median: int | None
    black_hole: bool

    @property
    def other_holds(self) -> int:
        """Holds for neither start nor memory."""
        return self.held - self.start_holds - self.memory_holds

    @property
    def rate(self) -> float | None:
        """The share of trouble."""
        return self.trouble / self.judged if self.judged else None

    @property
    def evidence(self) -> str:
        """The evidence against a black hole in words; empty if there is too little."""
        if not self.black_hole or self.quick_elsewhere is None:
            return ""
        within = f"within {lasted(self.quick_within)}" if self.quick_within else "at once"
        return f"{self.quick} of {self.judged} jobs failed {within}; elsewhere {100 * self.quick_elsewhere:.2g} %"


@dataclass(slots=True)
class _Tally:
    """Counts of jobs of one dsttype on a node, or on all nodes."""

    judged: int = 0
    trouble: int = 0
    quick: int = 0

    def add(self, other: _Tally) -> None:
        self.judged += other.judged
        self.trouble += other.trouble
        self.quick += other.quick


@dataclass(slots=True)
class _Node:
    counts: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    times: Counter[int] = field(default_factory=Counter)
    slowest: int = 0


def node_lines(outcomes: Iterable[JobOutcomes]) -> list[NodeLine]:
    """A line per node, black holes first, then the least probable nodes."""
    rows = list(outcomes)
    quick_below = _quick_below(rows)
    nodes: dict[str, _Node] = defaultdict(_Node)
    total: dict[str, _Tally] = defaultdict(_Tally)
    for row in rows:
        _count(nodes[node_of(row.node)], row, quick_below)
    for node in nodes.values():
        for dsttype, tally in node.tallies.items():
            total[dsttype].add(tally)
    lines = [_line(name, node, total, len(nodes)) for name, node in nodes.items()]
    return sorted(lines, key=_worst_first)


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """The probability of at least this many successes in independent trials of this share (docs/recovery.md, Nodes)."""
    if successes <= 0 or share >= 1:
        return 1.0
    if share <= 0 or successes > trials:
        return 0.0
    if successes > trials * share:
        return min(1.0, _sum(range(successes, trials + 1), trials, share))
    return max(0.0, 1.0 - _sum(range(successes - 1, -1, -1), trials, share))


def _sum(counts: Iterable[int], trials: int, share: float) -> float:
    """The sum of probabilities that fall from count to count, until they no longer matter."""
    total = 0.0
    for count in counts:
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        term = math.exp(ways + count * math.log(share) + (trials - count) * math.log1p(-share))
        total += term
        if term <= total * 1e-17:
            break
    return total


def _quick_below(rows: Sequence[JobOutcomes]) -> dict[str, float]:
    """By dsttype, the run time in seconds below which a failure is quick."""
    times: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        if row.outcome is JobOutcome.FINISHED and row.seconds is not None:
            times[row.dsttype][row.seconds] += row.jobs
    usual = {dsttype: _median(found) for dsttype, found in times.items()}
    return {dsttype: _QUICK * median for dsttype, median in usual.items() if median is not None}


def _count(node: _Node, row: JobOutcomes, quick_below: Mapping[str, float]) -> None:
    node.counts[row.outcome] += row.jobs
    if row.outcome is JobOutcome.HELD:
        node.counts["start"] += row.jobs if row.code == START else 0
        node.counts["memory"] += row.jobs if is_memory(row.code, row.subcode) else 0
    if row.outcome is JobOutcome.FINISHED and row.seconds is not None:
        node.times[row.seconds] += row.jobs
    if not row.counts:
        return
    tally = node.tallies[row.dsttype]
    tally.judged += row.jobs
    tally.trouble += row.jobs if row.suspect else 0
    # of a job that never started the time is that of its shadow
    never = row.outcome is JobOutcome.HELD and row.code == START
    limit = quick_below.get(row.dsttype, _QUICK_SECONDS)
    if row.suspect and (never or (row.seconds is not None and row.seconds <= limit)):
        tally.quick += row.jobs
        node.slowest = node.slowest if never else max(node.slowest, row.seconds or 0)


def _line(name: str, node: _Node, total: Mapping[str, _Tally], nodes: int) -> NodeLine:
    own = _Tally()
    for tally in node.tallies.values():
        own.add(tally)
    others = _others(node.tallies, total)
    chance = quick_chance = None
    if others is not None:
        alike = others.here
        chance = binomial_tail(alike.trouble, alike.judged, others.trouble_at_most)
        quick_chance = binomial_tail(alike.quick, alike.judged, others.quick_at_most)
    usual = 0.0 if others is None else others.quick
    many = own.quick >= _FEW and own.quick >= own.judged * max(_SHARE, _TIMES * usual)
    counts = node.counts
    return NodeLine(
        node=name,
        jobs=sum(counts[one] for one in (JobOutcome.FINISHED, JobOutcome.FAILED, JobOutcome.HELD)),
        failed=counts[JobOutcome.FAILED],
        held=counts[JobOutcome.HELD],
        start_holds=counts["start"],
        memory_holds=counts["memory"],
        evicted=counts[JobOutcome.EVICTED],
        judged=own.judged,
        trouble=own.trouble,
        quick=own.quick,
        quick_within=node.slowest,
        elsewhere=None if others is None else others.trouble,
        quick_elsewhere=None if others is None else others.quick,
        chance=chance,
        median=_median(node.times),
        black_hole=many and quick_chance is not None and quick_chance * nodes <= _SURE,
    )


@dataclass(frozen=True, slots=True)
class _Others:
    """The shares that a node would have if it were like the others, and the jobs `here` that the others had, too.

    `at_most` are the shares with half a case added, as zero seen is not zero probability.
    """

    here: _Tally
    trouble: float
    quick: float
    trouble_at_most: float
    quick_at_most: float


def _others(own: Mapping[str, _Tally], total: Mapping[str, _Tally]) -> _Others | None:
    """The shares on other nodes, each dsttype weighted by its jobs here; None if the others had no such jobs."""
    alike, sums = _Tally(), [0.0] * 4
    for dsttype in sorted(own):  # so that the sums have the same last digit, whatever order a database gives
        here = own[dsttype]
        judged = total[dsttype].judged - here.judged
        if not judged:
            continue
        trouble, quick = total[dsttype].trouble - here.trouble, total[dsttype].quick - here.quick
        shares = (trouble / judged, quick / judged, (trouble + 0.5) / (judged + 1), (quick + 0.5) / (judged + 1))
        sums = [old + here.judged * share for old, share in zip(sums, shares, strict=True)]
        alike.add(here)
    return _Others(alike, *(one / alike.judged for one in sums)) if alike.judged else None


def _median(times: Mapping[int, int]) -> int | None:
    """The lower median of times, each with its number of jobs."""
    left = (sum(times.values()) + 1) // 2
    for seconds in sorted(times):
        left -= times[seconds]
        if left <= 0:
            return seconds
    return None


def _worst_first(line: NodeLine) -> tuple[bool, float, float, str]:
    return not line.black_hole, 1.0 if line.chance is None else line.chance, -(line.rate or 0.0), line.node
