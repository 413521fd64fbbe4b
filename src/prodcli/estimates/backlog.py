"""What an estimate is made from: the jobs that are still open, recent ends by hour, and recent durations.

Times are in seconds.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Backlog:
    """The open jobs of a rule, or of a run in it.

    `ahead` is the number of idle jobs that start before the last of these has started, these included. `ages` counts
    running jobs by the time since their start.
    """

    idle: int = 0
    ahead: int = 0
    held: int = 0
    ages: Counter[int] = field(default_factory=Counter)

    @property
    def running(self) -> int:
        """The number of running jobs."""
        return self.ages.total()

    @property
    def left(self) -> int:
        """The number of jobs whose end is estimated; held jobs wait for a person."""
        return self.idle + self.running


@dataclass(frozen=True)
class Pace:
    """How fast jobs end: the number of ends in some hours, those of each whole hour, and how many jobs had which duration.

    `slots` is the number of jobs that run at a time.
    """

    ends: int
    hours: float
    hourly: tuple[int, ...] = ()
    durations: Mapping[int, int] = field(default_factory=dict)
    slots: int = 1

    @property
    def rate(self) -> float | None:
        """Ends per hour; None if nothing ended."""
        return self.ends / self.hours if self.ends and self.hours > 0 else None

    def tells_of(self, backlog: Backlog) -> bool:
        """True if the end of a backlog can be estimated: its jobs have durations, and those that are idle start at some rate."""
        return bool(self.durations and backlog.left and (not backlog.idle or self.rate is not None))
