"""Failures that began while a service was not up: how many of each signature, and whether chance would do that.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import NamedTuple

from prodcli.diagnosis.chance import Counts, log_chance
from prodcli.services.states import Outage, ServiceState
from prodcli.time_text import clock_time

_MOST = 0.5  # of the failures with a signature
_CHANCE = 1e-3
_ENOUGH = 10  # finished jobs to compare with


class FailuresInside(NamedTuple):
    """How many failures with a signature began in an outage, by its number, and when the first and last did."""

    signature: int
    outage: int
    failures: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OutageMet:
    """An outage in which failures with a signature began: so many of all; `odds` is the probability that chance puts them there.

    `first` and `last` of them began at these times, in seconds since 1970.
    """

    outage: Outage
    failures: int
    of: int
    first: int
    last: int
    odds: float
    over: bool

    @property
    def explains(self) -> bool:
        """True if most of the failures began in the outage, and not by chance."""
        return self.failures >= _MOST * self.of and self.odds < _CHANCE

    @property
    def words(self) -> str:
        """`6 of 9 inside database outage 2026-11-29 14:02-14:31 UTC (disk failure)`."""
        one = self.outage
        end = "" if one.until is None else clock_time(one.until)
        day, _, clock = clock_time(one.since).removesuffix(" UTC").partition(" ")
        if end.startswith(day):
            end = end.removeprefix(f"{day} ")
        time = f"{day} {clock}-{end}" if end else f"{day} {clock} UTC until now"
        count = f"{self.failures} of {self.of} " if self.of > 1 else ""
        return f"{count}inside {self.word} {time}{f' ({one.note})' if one.note else ''}"

    @property
    def word(self) -> str:
        """`database outage`, `lustre maintenance`, `gpfs degraded`."""
        what = "outage" if self.outage.state == ServiceState.DOWN else self.outage.state
        return f"{self.outage.service} {what}"


@dataclass(frozen=True, slots=True)
class Usual:
    """What chance would do: when other jobs `finished`, else how much of the time `span` an outage takes; seconds since 1970."""

    span: tuple[int, int]
    finished: Sequence[int] = ()

    def odds(self, outage: Outage, inside: int, failures: int) -> float:
        """The probability that chance puts so many of all failures, or more, into an outage."""
        if len(self.finished) < _ENOUGH:
            return at_least(inside, failures, _covered(outage, *self.span))
        usual = sum(map(outage.covers, self.finished))
        rest = Counts(failures - inside, len(self.finished) - usual)
        return exp(log_chance(Counts(inside, usual), rest))


def outages_met(
    inside: Sequence[FailuresInside], outages: Sequence[Outage], failures: int, usual: Usual, now: int
) -> list[OutageMet]:
    """The outages that failures with one signature met, of all `failures` with it; those with most failures first."""
    found = []
    for one in inside:
        outage = outages[one.outage]
        over = outage.until is not None and outage.until <= now
        odds = usual.odds(outage, one.failures, failures)
        found.append(OutageMet(outage, one.failures, failures, one.first, one.last, odds, over))
    return sorted(found, key=lambda met: (-met.failures, met.outage.since))


def outages_of_times(times: Sequence[int], outages: Sequence[Outage], now: int) -> list[OutageMet]:
    """The outages in which failures began at these times, those with most failures first; nothing is said of chance."""
    inside = {number: sorted(time for time in times if outage.covers(time)) for number, outage in enumerate(outages)}
    met = [FailuresInside(0, number, len(found), found[0], found[-1]) for number, found in inside.items() if found]
    return outages_met(met, outages, len(times), Usual((0, 0)), now)


def _covered(outage: Outage, begin: int, end: int) -> float:
    """The part of a time that an outage takes."""
    last = end if outage.until is None else min(end, outage.until)
    return min(1.0, max(0, last - max(begin, outage.since)) / max(1, end - begin))


def at_least(wins: int, tries: int, chance: float) -> float:
    """The probability of so many wins or more, each try with the same chance: the tail of the binomial distribution."""
    if wins <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    first = lgamma(tries + 1) - lgamma(wins + 1) - lgamma(tries - wins + 1)
    term = total = 1.0
    for count in range(wins, tries):
        term *= (tries - count) / (count + 1) * chance / (1 - chance)
        total += term
        if term < 1e-12 * total:
            break
    return min(1.0, exp(first + wins * log(chance) + (tries - wins) * log(1 - chance) + log(total)))
