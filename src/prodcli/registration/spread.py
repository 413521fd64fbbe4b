"""How far outputs of one dsttype differ from one another, and which of them are far outside.

Sizes, events and bytes per event are compared by their logarithms, so that "five times as much" and "a fifth" are equally far.
The spread is a median and the median distance from the median (MAD), which a few bad files do not move.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prodcli.config.quarantine_terms import QuarantineTerms

_NORMAL = 1.4826  # a MAD is so many times smaller than the standard deviation of a normal distribution
_SHORT = 0.5  # of the usual size: files below may be the end of a run, where the head of the file takes a larger share


class Amount(NamedTuple):
    """The size in bytes and the number of events of a file; events None or negative: unknown."""

    size: int
    events: int | None


class Content(NamedTuple):
    """An output and its content, as it is judged: size in bytes, events (-1: unknown), md5."""

    filename: str
    dsttype: str
    run: int
    segment: int
    size: int
    events: int
    md5: str

    @property
    def amount(self) -> Amount:
        """Size and events."""
        return Amount(self.size, self.events)


@dataclass(frozen=True, slots=True)
class Spread:
    """The usual value, and the factor up to which a value may be larger or smaller."""

    usual: float
    factor: float

    def far(self, value: float) -> int:
        """1 for a value far above the usual one, -1 for one far below, else 0."""
        if value > self.usual * self.factor:
            return 1
        return -1 if value < self.usual / self.factor else 0


@dataclass(frozen=True, slots=True)
class Norm:
    """The spreads of a dsttype; None where too few files say something."""

    size: Spread | None = None
    events: Spread | None = None
    per_event: Spread | None = None

    def reason(self, amount: Amount) -> str:
        """Why a file is far outside; empty if it is not.

        A file with few events is no bad file by that: the last segment of a run is short.
        """
        counted = amount.events is not None and amount.events >= 0
        events = (amount.events or 0) if counted else -1
        if self.size and self.size.far(amount.size) > 0:
            return _words("bytes", amount.size, self.size)
        if self.size and not counted and self.size.far(amount.size) < 0:
            return _words("bytes", amount.size, self.size)
        if self.events and counted and (events == 0 or self.events.far(events) > 0):
            return _words("events", events, self.events)
        if self.per_event and events > 0:
            rate = amount.size / events
            far = self.per_event.far(rate)
            short = self.size is not None and amount.size < self.size.usual * _SHORT
            if far < 0 or (far > 0 and not short):
                return _words("bytes per event", round(rate), self.per_event)
        return ""


def norm_of(amounts: Sequence[Amount], terms: QuarantineTerms) -> Norm:
    """The spreads of files that are registered."""
    known = [(one.size, one.events) for one in amounts if one.events is not None and one.events > 0]
    return Norm(
        _spread((one.size for one in amounts), terms),
        _spread((events for _, events in known), terms),
        _spread((size / events for size, events in known), terms),
    )


def _spread(values: Iterable[float], terms: QuarantineTerms) -> Spread | None:
    logs = sorted(math.log(value) for value in values if value > 0)
    if not terms.minimum or len(logs) < terms.minimum:
        return None
    middle = _median(logs)
    deviation = _NORMAL * _median(sorted(abs(value - middle) for value in logs))
    return Spread(math.exp(middle), math.exp(terms.deviations * max(deviation, terms.least)))


def _median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _words(what: str, value: float, spread: Spread) -> str:
    return f"{value:.0f} {what}, usually {spread.usual:.0f} within a factor of {spread.factor:.1f}"
