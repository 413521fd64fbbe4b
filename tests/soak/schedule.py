"""What disturbs a soak, and when: at random, and the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_PAUSE = (2.0, 7.0)  # seconds between disturbances
_LASTS = (2.0, 12.0)  # seconds
_FAR = 300.0  # seconds between silences that another host is to notice, which takes it two minutes


class What(StrEnum):
    """A disturbance."""

    KILL_LOOP = "kill -9 a loop"
    KILL_PASS = "kill -9 the pass of a loop"  # noqa: S105 - no password
    KILL_CRON = "kill -9 the passes of cron"
    TERMINATE = "SIGTERM to a loop"
    STOP = "stop a loop from another host"
    PAUSE = "pause a loop from another host"
    SPOIL_STEERING = "edit the steering file badly"
    SPOIL_RULES = "edit the rule file badly"
    EDIT = "edit a file well"
    RESTART_BOOKS = "restart the database"
    CRASH_BOOKS = "crash the database"
    KILL_SCHEDD = "kill -9 a schedd"
    FREEZE_SCHEDD = "freeze a schedd"
    KILL_FAR = "kill -9 a loop until another host has noticed"


@dataclass(frozen=True)
class Disturbance:
    """What happens, when, to which of several, and how long it lasts; in seconds since the beginning."""

    at: float
    what: What
    which: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.what} ({self.which}, {self.seconds:.1f} s)"


def schedule(seed: int, seconds: float) -> list[Disturbance]:
    """The disturbances of a soak: each kind once in a while, in an order that is never the same."""
    return list(_disturbances(random.Random(seed), seconds))


def _disturbances(dice: random.Random, seconds: float) -> Iterator[Disturbance]:
    at, bag, far = dice.uniform(*_PAUSE), list[What](), 0.0
    while at < seconds:
        if not bag:
            bag = [what for what in What if what is not What.KILL_FAR]
            if far <= at < seconds - _FAR:
                bag, far = [*bag, What.KILL_FAR], at + _FAR
            dice.shuffle(bag)
        yield Disturbance(at, bag.pop(), dice.randrange(1000), dice.uniform(*_LASTS))
        at += dice.uniform(*_PAUSE)
