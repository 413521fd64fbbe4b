"""When open jobs will have ended, as a sample of many possible outcomes.

The idle jobs start as others end, slot by slot, at a rate that is known as well as the recent ends tell; they run as long
as recent jobs ran. Running jobs end as recent jobs did that ran as long already. The sample is drawn anew from the same
beginning each time, so that the same books give the same estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from prodcli.estimates.backlog import Backlog, Pace
from prodcli.estimates.durations import Durations, Sample
from prodcli.estimates.played_queue import Played, play

LOW, HIGH = 10, 90  # percent of the outcomes that are before an interval, and before its end
_GUESSES = 20  # of the durations
_PARTS = 6  # of the time, from which bursts are known
_SURE = 2  # parts that the bursts of a steady queue count for
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Interval:
    """When something ends: as likely before as after `middle`, and in eight of ten cases from `low` to `high`."""

    low: int
    middle: int
    high: int


def finish_times(backlog: Backlog, pace: Pace, seed: int = 0) -> Sample | None:
    """Seconds until the last open job has ended, as a sample; None where nothing is known of rate or durations."""
    if not pace.tells_of(backlog):
        return None
    chance = np.random.default_rng(seed)
    return np.concatenate([_outcomes(backlog, pace, chance) for _ in range(_GUESSES)])


def _outcomes(backlog: Backlog, pace: Pace, chance: np.random.Generator) -> Sample:
    """Outcomes by one guess of the durations."""
    durations = Durations(pace.durations, backlog.ages, chance)
    played = play(backlog, pace.slots, durations, chance)
    if not backlog.idle:
        return played.running
    started = _at_pace(played, backlog, pace, durations, chance)
    return np.maximum(played.running, started + played.ended)


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


def _at_pace(played: Played, backlog: Backlog, pace: Pace, durations: Durations, chance: np.random.Generator) -> Sample:
    """Seconds until the last idle job has started, at the rate at which jobs end.

    With a variance of `burst` times the mean, ends carry as much knowledge of the rate as ends / burst single ones. What
    the bursts are more than those of a steady number of slots, which were played, comes on top.
    """
    steady = min(durations.spread, 1.0)
    burst = _burst(pace, steady)
    draws = len(played.started)
    rate = np.maximum(chance.gamma((pace.ends + 0.5) / burst, burst / pace.hours, draws), 1e-9) / _HOUR
    started = played.started * (pace.slots / durations.mean / rate)
    if played.early:
        started += chance.gamma(played.early / burst, burst, draws) / rate
    more = burst - steady
    return (
        started
        if more <= 0.0
        else np.asarray(started * chance.gamma(backlog.ahead / more, more / backlog.ahead, draws))
    )


def _burst(pace: Pace, steady: float) -> float:
    """The variance of the number of ends, in means.

    A steady number of slots gives that of durations in squares of their mean. What a few parts of the time show counts
    more, the more parts there are; never so much that nothing is known.
    """
    steady = max(steady, 0.01)
    if len(pace.hourly) < 3:
        return steady if pace.hourly else 1.0
    hours = max(1, len(pace.hourly) // _PARTS)
    counts = np.array(pace.hourly[len(pace.hourly) % hours :], dtype=float).reshape(-1, hours).sum(axis=1)
    seen = counts.var(ddof=1) / max(counts.mean(), 1e-9)
    known = len(counts) - 1
    return float(np.clip((_SURE * steady + known * seen) / (_SURE + known), steady, max(1.0, pace.ends / 2)))
