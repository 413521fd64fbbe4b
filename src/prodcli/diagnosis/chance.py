"""How likely chance alone gathers failures, and how well two rates of failure describe attempts.

Pure: data in, data out.
"""

from __future__ import annotations

from math import lgamma, log
from typing import NamedTuple

_NEGLIGIBLE = 1e-12  # of a sum


class Counts(NamedTuple):
    """Attempts that failed in the way in question, and attempts that passed."""

    failed: int = 0
    passed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.failed + self.passed

    def plus(self, other: Counts) -> Counts:
        """The sum of both."""
        return Counts(self.failed + other.failed, self.passed + other.passed)


def log_chance(inside: Counts, outside: Counts) -> float:
    """The logarithm of the probability that chance puts so many of the failures inside, or more.

    Fisher's exact test, one-sided: a sum of the hypergeometric distribution.
    """
    failed, drawn, every = inside.failed, inside.total, inside.plus(outside)
    first = _log_ways(every.failed, failed) + _log_ways(every.passed, inside.passed) - _log_ways(every.total, drawn)
    total = term = 1.0
    while failed < min(every.failed, drawn) and term > _NEGLIGIBLE * total:
        term *= (every.failed - failed) * (drawn - failed) / ((failed + 1) * (every.passed - drawn + failed + 1))
        total += term
        failed += 1
    return min(0.0, first + log(total))


def _log_ways(among: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose some among all."""
    return lgamma(among + 1) - lgamma(chosen + 1) - lgamma(among - chosen + 1)


def log_likelihood(inside: Counts, outside: Counts) -> float:
    """The logarithm of the probability of what was seen, with the rates of failure inside and outside that suit best."""
    return sum(count * log(count / part.total) for part in (inside, outside) for count in part if count)


def gain(inside: Counts, outside: Counts) -> float:
    """By how much two rates describe attempts better than one, as a logarithm; 0 or more."""
    return log_likelihood(inside, outside) - log_likelihood(inside.plus(outside), Counts())
