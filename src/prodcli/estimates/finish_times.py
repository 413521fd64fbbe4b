"""When open jobs will have ended, as a sample of many possible outcomes.

The idle jobs start as others end, at a rate that is known as well as the recent ends tell; the last of them then run as
long as recent jobs ran. Running jobs end as recent jobs did that ran as long already. The sample is drawn anew from the
same beginning each time, so that the same books give the same estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from prodcli.estimates.backlog import Backlog, Pace
from prodcli.estimates.durations import Durations, Sample

LOW, HIGH = 10, 90  # percent of the outcomes that are before an interval, and before its end
_GUESSES = 20  # of the durations
_DRAWS = 100  # outcomes by each guess
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Interval:
    """When something ends: as likely before as after `middle`, and in eight of ten cases from `low` to `high`."""

    low: int
    middle: int
    high: int


def finish_times(backlog: Backlog, pace: Pace, seed: int = 0) -> Sample | None:
    """Seconds until the last open job has ended, as a sample; None where nothing is known of rate or durations."""
    if not pace.durations or not backlog.left or (backlog.idle and pace.rate is None):
        return None
    chance = np.random.default_rng(seed)
    return np.concatenate([_outcomes(backlog, pace, chance) for _ in range(_GUESSES)])


def _outcomes(backlog: Backlog, pace: Pace, chance: np.random.Generator) -> Sample:
    """Outcomes by one guess of the durations."""
    durations = Durations(pace.durations, backlog.ages, chance)
    finished = np.zeros(_DRAWS)
    for age, jobs in sorted(backlog.ages.items()):
        finished = np.maximum(finished, durations.longest_rest(age, jobs, _DRAWS, chance))
    if backlog.idle:
        together = max(1, min(pace.slots, backlog.idle))
        started = _drained(backlog.ahead, pace, chance)
        finished = np.maximum(finished, started + durations.longest(together, _DRAWS, chance))
    return finished


def interval(sample: Sample, now: int) -> Interval:
    """The interval of a sample of seconds from now on."""
    low, middle, high = np.percentile(sample, [LOW, 50, HIGH])
    return Interval(int(now + low), int(now + middle), int(now + high))


def latest(samples: Iterable[Sample]) -> Sample:
    """When the last of several has ended."""
    return np.asarray(np.maximum.reduce(list(samples)))


def chance_until(sample: Sample, seconds: float) -> float:
    """The chance that all has ended within some seconds, in percent."""
    return float(100.0 * np.mean(sample <= seconds))


def _drained(jobs: int, pace: Pace, chance: np.random.Generator) -> Sample:
    """Seconds until so many more jobs have ended.

    Ends come in bursts: with a variance of `burst` times the mean they carry as much knowledge as ends / burst single
    ones. The rate has a gamma distribution, given the recent ends, and the time for more ends at that rate, too.
    """
    burst = _burst(pace)
    rate = chance.gamma((pace.ends + 0.5) / burst, burst / pace.hours, _DRAWS)  # an hour
    hours = chance.gamma(jobs / burst, burst, _DRAWS) / np.maximum(rate, 1e-9)
    return np.asarray(hours * _HOUR)


def _burst(pace: Pace) -> float:
    """The variance of the ends of an hour, in means; at least 1, and never so large that nothing is known."""
    if len(pace.hourly) < 3:
        return 1.0
    counts = np.array(pace.hourly, dtype=float)
    return float(np.clip(counts.var(ddof=1) / max(counts.mean(), 1e-9), 1.0, max(1.0, pace.ends / 2)))
