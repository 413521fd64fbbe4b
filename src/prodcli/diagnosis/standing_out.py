"""Nodes, facilities, CPU models and hours of the day at which failures stand out against finished jobs of the same rules.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.batch.node_list import node_of
from prodcli.diagnosis.chance import Counts, log_chance

ATTRIBUTES = ("node", "site", "cpu_model", "hour")
_SURE = 0.001  # how likely it may be that any of the values stands out by chance
_FEW = 5  # failures; fewer are no evidence
_PART, _TIMES = 0.1, 2.0  # of the failures, and so many times the share among finished jobs


@dataclass(frozen=True, slots=True)
class ComparedJob:
    """A finished job that failures are compared with; `hour` is that of its end, of the day, UTC."""

    rule: str
    node: str | None
    site: str | None
    cpu_model: str | None
    hour: int | None

    @property
    def values(self) -> tuple[str | None, ...]:
        """The values of the attributes as text, in their order."""
        node, hour = self.node and node_of(self.node), None if self.hour is None else str(self.hour)
        return node, self.site, self.cpu_model, hour


@dataclass(frozen=True, slots=True)
class MachineFailures:
    """Failures of a signature on nodes of a facility and a CPU model; on one node if it has many of them, else `node` is None."""

    signature: int
    node: str | None
    site: str | None
    cpu_model: str | None
    nodes: int
    failures: int


@dataclass
class FailureValues:
    """Failures of one signature: how many in all, by rule, by hour of the day, and by machine."""

    failures: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    hours: Counter[str] = field(default_factory=Counter)
    machines: list[MachineFailures] = field(default_factory=list)

    @property
    def least(self) -> int:
        """How many failures are a notable part."""
        return max(1, math.ceil(_PART * self.failures))

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return sum(one.nodes for one in self.machines)

    @property
    def busiest(self) -> list[str]:
        """The nodes with a notable part of the failures, those with most first."""
        return [node for node, _ in sorted(self.counted("node").items(), key=lambda one: (-one[1], one[0])) if node]

    def counted(self, attribute: str, without: Container[str] = ()) -> Counter[str]:
        """Failures by value of an attribute, apart from those on some nodes; nodes with few failures are one value, ''."""
        if attribute == "hour":
            return self.hours
        found: Counter[str] = Counter()
        for one in self.machines:
            value = one.node or "" if attribute == "node" else getattr(one, attribute)
            if value is not None and one.node not in without:
                found[value] += one.failures
        return found

    def values(self, attribute: str) -> int:
        """The number of values of an attribute."""
        return self.nodes if attribute == "node" else len(self.counted(attribute))


@dataclass(frozen=True, slots=True)
class StandOut:
    """A value at which failures of a signature stand out.

    `failures` of `of` are there, and `finished` of `finished_of` jobs that finished. `log_odds` is the logarithm of the
    probability that chance makes any of all compared values stand out as much.
    """

    signature: int
    attribute: str
    value: str
    failures: int
    of: int
    finished: int
    finished_of: int
    log_odds: float

    @property
    def share(self) -> float:
        """The share of the failures, 0 to 1."""
        return self.failures / self.of

    @property
    def usual(self) -> float:
        """The share of the finished jobs, 0 to 1."""
        return self.finished / self.finished_of


class _Finished:
    """Finished jobs by attribute, rule and value: counted once, and looked up for each signature."""

    def __init__(self, jobs: Iterable[ComparedJob]) -> None:
        self._by_rule: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._on_node: dict[str | None, list[tuple[str, dict[str, str | None]]]] = defaultdict(list)
        for job in jobs:
            values = dict(zip(ATTRIBUTES, job.values, strict=True))
            self._on_node[values["node"]].append((job.rule, values))
            for attribute, value in values.items():
                if value is not None:
                    self._by_rule[attribute, job.rule][value] += 1

    def of_rules(self, attribute: str, rules: Iterable[str], without: Collection[str] = ()) -> Usual:
        """The jobs of some rules that have a value of an attribute, apart from those on some nodes."""
        left_out: Counter[str] = Counter()
        for node in without:
            found = (values[attribute] for rule, values in self._on_node[node] if rule in rules)
            left_out.update(value for value in found if value is not None)
        return Usual([self._by_rule[attribute, rule] for rule in rules], left_out)


class Usual:
    """How many finished jobs have a value: those of some counts, less those that are left out."""

    def __init__(self, counts: Sequence[Counter[str]], left_out: Counter[str]) -> None:
        self._counts, self._left_out = counts, left_out
        self.total = sum(one.total() for one in counts) - left_out.total()

    def __getitem__(self, value: str) -> int:
        return sum(one[value] for one in self._counts) - self._left_out[value]


def standing_out(found: Mapping[int, FailureValues], finished: Iterable[ComparedJob]) -> list[StandOut]:
    """What stands out, by signature; the least probable first. Nodes that do are left out where facilities and CPU models are compared."""
    jobs = _Finished(finished)
    compared = max(1, sum(values.values(attribute) for values in found.values() for attribute in ATTRIBUTES))
    outs = []
    for signature, values in found.items():
        nodes = _of_attribute(signature, "node", values, jobs, compared)
        bad = {one.value for one in nodes}
        outs += [*nodes, *_of_attribute(signature, "hour", values, jobs, compared)]
        for attribute in ("site", "cpu_model"):
            outs += _of_attribute(signature, attribute, values, jobs, compared, bad)
    return sorted(outs, key=lambda one: (one.log_odds, one.signature, one.attribute, one.value))


def _of_attribute(
    signature: int,
    attribute: str,
    values: FailureValues,
    jobs: _Finished,
    compared: int,
    without: Collection[str] = (),
) -> list[StandOut]:
    usual = jobs.of_rules(attribute, values.rules, without)
    counts = values.counted(attribute, without)
    known = counts.total()
    outs = []
    for value, failures in counts.items() if usual.total else ():
        few = failures < max(_FEW, values.least)
        if not value or few or failures / known < _TIMES * (finished := usual[value]) / usual.total:
            continue
        inside, outside = Counts(failures, finished), Counts(known - failures, usual.total - finished)
        odds = min(0.0, log_chance(inside, outside) + math.log(compared))
        if math.exp(odds) <= _SURE:
            outs.append(StandOut(signature, attribute, value, failures, known, finished, usual.total, odds))
    return outs
