"""How long jobs run: the distribution of durations that were seen, with the jobs that still run.

Running jobs are known to run at least as long as they have (Kaplan and Meier). Beyond the longest duration the
distribution goes on as an exponential one, as wide as its last tenth: the longest of many jobs runs longer than any before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]
_TAIL = 0.9
_LEVELS = 400


def _as_old(running: Mapping[int, int], seconds: Sample) -> Sample:
    """How many running jobs are as old as each of some durations, or older."""
    ages = np.array(sorted(running), dtype=float)
    younger = np.cumsum([0.0, *(float(running[age]) for age in sorted(running))])
    return np.asarray(younger[-1] - younger[np.searchsorted(ages, seconds)])


class Durations:
    """A distribution that may have given the durations that were seen and the ages of running jobs; in seconds.

    How often each duration occurs is drawn anew, as in a Bayesian bootstrap: few durations tell little.
    """

    def __init__(self, seen: Mapping[int, int], running: Mapping[int, int], chance: np.random.Generator) -> None:
        self._seconds = np.array(sorted(seen), dtype=float)
        ended = chance.gamma([float(seen[second]) for second in sorted(seen)]) + 1e-9
        at_risk = np.cumsum(ended[::-1])[::-1] + _as_old(running, self._seconds)
        left = np.cumprod(1.0 - ended / at_risk)
        self._below = 1.0 - (np.concatenate([[1.0], left[:-1]]) + left) / 2.0
        start = float(np.interp(_TAIL, self._below, self._seconds))
        beyond = self._seconds >= start
        excess = float(np.average(self._seconds[beyond] - start, weights=ended[beyond]))
        self._width = max(excess, 0.02 * float(self._seconds[-1]))

    @cached_property
    def mean(self) -> float:
        """The mean duration."""
        return max(float(self._levels.mean()), 1.0)

    @cached_property
    def spread(self) -> float:
        """The variance of durations, in squares of the mean."""
        return float(self._levels.var()) / self.mean**2

    def drawn(self, shape: tuple[int, ...], chance: np.random.Generator) -> Sample:
        """The durations of jobs that start."""
        return self._quantile(chance.random(shape))

    def rests(self, ages: Sample, draws: int, chance: np.random.Generator) -> Sample:
        """How long each of some running jobs still runs, by their ages; draws x jobs.

        One that is older than any known duration may run as long as it has run.
        """
        drawn = chance.random((draws, len(ages)))
        share = np.interp(ages, self._seconds, self._below, left=0.0)
        rest = np.maximum(self._quantile(share + (1.0 - share) * drawn) - ages, 0.0)
        return np.where(ages > self._seconds[-1], ages * drawn, rest)

    def rests_at_work(self, shape: tuple[int, ...], chance: np.random.Generator) -> Sample:
        """How long running jobs of unknown age still run: a long job is more likely to be met, at any of its moments."""
        met = np.interp(chance.random(shape), np.cumsum(self._levels) / self._levels.sum(), self._levels)
        return np.asarray(met * chance.random(shape))

    @cached_property
    def _levels(self) -> Sample:
        """Durations that each as many jobs stay below, the shortest first."""
        return np.maximum(self._quantile((np.arange(_LEVELS) + 0.5) / _LEVELS), 1.0)

    def _quantile(self, share: Sample) -> Sample:
        """The duration that a share of jobs stays below."""
        last = float(self._below[-1])
        within = np.interp(share, self._below, self._seconds)
        beyond = self._width * np.log((1.0 - last) / np.maximum(1.0 - share, 1e-12))
        return np.asarray(within + np.where(share > last, beyond, 0.0))
