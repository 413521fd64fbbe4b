"""Nodes, facilities, CPU models and hours of the day at which failures stand out against finished jobs of the same rules.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.batch.node_list import node_of
from prodcli.diagnosis.chance import Counts, log_chance

ATTRIBUTES = ("node", "site", "cpu_model", "hour")
MOST_NODES = 20  # of a signature that are compared: those with most failures
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

    def value(self, attribute: str) -> str | None:
        """The value of an attribute as text."""
        value = getattr(self, attribute)
        if value is None:
            return None
        return node_of(value) if attribute == "node" else str(value)


@dataclass
class FailureValues:
    """Failures of one signature by attribute and value.

    `nodes` is the number of nodes, of which `counts` has those with most failures, and `placed` the number of failures on nodes.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    nodes: int = 0
    placed: int = 0

    def add(self, attribute: str, value: str | None, failures: int) -> None:
        """Count failures; `nodes` and `placed` are no attributes."""
        if attribute == "nodes":
            self.nodes = failures
        elif attribute == "placed":
            self.placed = failures
        elif value is not None:
            self.counts.setdefault(attribute, {})[value] = failures

    def known(self, attribute: str) -> int:
        """The number of failures whose value of an attribute is known."""
        return self.placed if attribute == "node" else sum(self.counts.get(attribute, {}).values())

    def values(self, attribute: str) -> int:
        """The number of values of an attribute."""
        return self.nodes if attribute == "node" else len(self.counts.get(attribute, {}))


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


def standing_out(found: Mapping[int, FailureValues], finished: Iterable[ComparedJob]) -> list[StandOut]:
    """What stands out, by signature; the least probable first."""
    jobs = list(finished)
    compared = max(1, sum(values.values(attribute) for values in found.values() for attribute in ATTRIBUTES))
    outs = []
    for signature, values in found.items():
        alike = [job for job in jobs if job.rule in values.counts.get("rule", {})]
        for attribute in ATTRIBUTES:
            outs += _of_attribute(signature, attribute, values, alike, compared)
    return sorted(outs, key=lambda one: (one.log_odds, one.signature, one.attribute, one.value))


def _of_attribute(
    signature: int, attribute: str, values: FailureValues, jobs: Sequence[ComparedJob], compared: int
) -> list[StandOut]:
    usual = Counter(value for job in jobs if (value := job.value(attribute)) is not None)
    known, finished = values.known(attribute), usual.total()
    if not finished:
        return []
    outs = []
    for value, failures in values.counts.get(attribute, {}).items():
        if failures < max(_FEW, _PART * known) or failures / known < _TIMES * usual[value] / finished:
            continue
        inside, outside = Counts(failures, usual[value]), Counts(known - failures, finished - usual[value])
        odds = min(0.0, log_chance(inside, outside) + math.log(compared))
        if math.exp(odds) <= _SURE:
            outs.append(StandOut(signature, attribute, value, failures, known, usual[value], finished, odds))
    return outs
