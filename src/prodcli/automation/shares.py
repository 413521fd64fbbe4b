"""How many jobs a pass may submit of each rule: the room of the queue, shared between rules.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.steering.steered_rule import SteeredRule

WATERMARK = 1.05  # times `maxcondor`, if nothing else is said


@dataclass(frozen=True, slots=True)
class QueuedJobs:
    """Jobs of the books that are in a queue, by what they do; `idle` includes jobs that are being submitted."""

    idle: int = 0
    running: int = 0
    held: int = 0

    def __add__(self, other: QueuedJobs) -> QueuedJobs:
        return QueuedJobs(self.idle + other.idle, self.running + other.running, self.held + other.held)

    @property
    def total(self) -> int:
        """All of them."""
        return self.idle + self.running + self.held


@dataclass(frozen=True, slots=True)
class QueueBounds:
    """The most jobs in the queues, the watermark as a multiple of that, and how many idle jobs keep the pool fed; 0: no bound."""

    maxcondor: int = 0
    watermark: float = WATERMARK
    idle_target: int = 0

    def room(self, queue: QueuedJobs) -> int | None:
        """The number of jobs that the queues may still get; None without a bound."""
        rooms = [self.maxcondor - queue.total] if self.maxcondor else []
        rooms += [self.idle_target - queue.idle] if self.idle_target else []
        return max(0, min(rooms)) if rooms else None

    def above_watermark(self, queue: QueuedJobs) -> bool:
        """True if other submitters have filled the queues far beyond the bound."""
        return bool(self.maxcondor) and queue.total > self.watermark * self.maxcondor

    def in_words(self, queue: QueuedJobs) -> str:
        """`1060 of 1000 jobs in the queues, 300 of 250 idle, 12 held`; held jobs only if there are some."""
        most = f" of {self.maxcondor}" if self.maxcondor else ""
        target = f" of {self.idle_target}" if self.idle_target else ""
        held = f", {queue.held} held" if queue.held else ""
        return f"{queue.total}{most} jobs in the queues, {queue.idle}{target} idle{held}"


def in_turn(rules: Iterable[SteeredRule], queued: Mapping[str, QueuedJobs]) -> list[SteeredRule]:
    """Rules in the order of a pass: by priority, and among equals those with the fewest idle jobs for their share first."""

    def turn(rule: SteeredRule) -> tuple[int, float]:
        return -rule.priority, queued.get(rule.name, QueuedJobs()).idle / max(1, rule.share)

    return sorted(rules, key=turn)


def allotted(room: int | None, rule: SteeredRule, others: Sequence[SteeredRule]) -> int | None:
    """The jobs that a rule may submit, of the room that is left for it and `others`; None without a bound.

    Each rule gets its share, rounded up. What a rule does not use is left for the others.
    """
    if room is None:
        return rule.maxjobs or None
    shares = rule.share + sum(other.share for other in others)
    most = -(-room * rule.share // shares) if shares else room
    return min(most, rule.maxjobs) if rule.maxjobs else most
