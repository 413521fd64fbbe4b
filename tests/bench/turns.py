"""Works that are measured in turns, so that a busy hour of the machine hits all of them alike."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.measure import Timing

Work = Callable[[int], Timing]


@dataclass(frozen=True)
class Best:
    """The least wall seconds and the least processor seconds of all turns: whatever else runs only adds to them."""

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Measurement:
    """What was measured, beside what, and the best of each column: `beside`, and each checkout by its name."""

    what: str
    beside: str
    best: dict[str, Best]


def in_turns(what: str, beside: str, turns: int, works: dict[str, Work]) -> Measurement:
    """Measure works in so many turns; each gets the number of the turn, and every other turn goes backwards."""
    timings: dict[str, list[Timing]] = {name: [] for name in works}
    for turn in range(turns):
        for name in list(works)[:: -1 if turn % 2 else 1]:
            timings[name].append(works[name](turn))
    best = {
        name: Best(min(one.seconds for one in taken), min(one.cpu for one in taken)) for name, taken in timings.items()
    }
    return Measurement(what, beside, best)


def both(first: Timing, second: Timing) -> Timing:
    """Two processes one after the other, as one."""
    peak = max(first.peak_mb, second.peak_mb)
    return Timing(first.seconds + second.seconds, peak, first.out + second.out, first.cpu + second.cpu)
