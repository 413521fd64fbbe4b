"""How long jobs run: the distribution of durations that were seen, with the jobs that still run.

Running jobs are known to run at least as long as they have (Kaplan and Meier). Beyond the longest duration the
distribution goes on as an exponential one, as wide as its last tenth: the longest of many jobs runs longer than any before.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]
_TAIL = 0.9


class Durations:
    """A distribution that may have given the durations that were seen and the ages of running jobs; in seconds.

    How often each duration occurs is drawn anew, as in a Bayesian bootstrap: few durations tell little.
    """

    def __init__(self, seen: Mapping[int, int], running: Mapping[int, int], chance: np.random.Generator) -> None:
        self._seconds = np.array(sorted(seen), dtype=float)
        ended = chance.gamma([float(seen[second]) for second in sorted(seen)]) + 1e-9
        older = np.array(
            [sum(n for age, n in running.items() if age >= second) for second in sorted(seen)], dtype=float
        )
        at_risk = np.cumsum(ended[::-1])[::-1] + older
        left = np.cumprod(1.0 - ended / at_risk)
        self._below = 1.0 - (np.concatenate([[1.0], left[:-1]]) + left) / 2.0
        start = float(np.interp(_TAIL, self._below, self._seconds))
        beyond = self._seconds >= start
        excess = float(np.average(self._seconds[beyond] - start, weights=ended[beyond]))
        self._width = max(excess, 0.02 * float(self._seconds[-1]))

    def longest(self, jobs: int, draws: int, chance: np.random.Generator) -> Sample:
        """The longest duration of some jobs that start together, as a sample."""
        return self._quantile(chance.random(draws) ** (1.0 / jobs))

    def longest_rest(self, age: int, jobs: int, draws: int, chance: np.random.Generator) -> Sample:
        """How long the last of some running jobs of an age still runs, as a sample.

        One that is older than any known duration may run as long as it has run.
        """
        drawn = chance.random(draws) ** (1.0 / jobs)
        if age > self._seconds[-1]:
            return np.asarray(age * drawn)
        share = float(np.interp(age, self._seconds, self._below, left=0.0))
        return np.maximum(self._quantile(share + (1.0 - share) * drawn) - age, 0.0)

    def _quantile(self, share: Sample) -> Sample:
        """The duration that a share of jobs stays below."""
        last = float(self._below[-1])
        within = np.interp(share, self._below, self._seconds)
        beyond = self._width * np.log((1.0 - last) / np.maximum(1.0 - share, 1e-12))
        return np.asarray(within + np.where(share > last, beyond, 0.0))
