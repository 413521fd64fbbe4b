"""Play the rest of a queue through: each slot runs one job after the other, until the last idle job has started.

The n-th job that ends leaves its slot to the n-th idle job. So idle jobs start in their order, whichever slots they get.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prodcli.estimates.backlog import Backlog
from prodcli.estimates.durations import Durations, Sample

_LEAST, _MOST = 5, 100  # outcomes
_CELLS = 20_000  # jobs that are played in all outcomes together, unless these are too few
_PLAYED = 4_000  # jobs of an outcome that are played, unless more slots run; earlier ones pass at the rate


@dataclass(frozen=True)
class Played:
    """Outcomes in seconds: until the last start of the idle jobs that were played, and from then until the last end.

    `early` is the number of idle jobs that start before those that were played. `running` is how long the last of the
    jobs still runs that run now.
    """

    started: Sample
    ended: Sample
    running: Sample
    early: int


def play(backlog: Backlog, slots: int, durations: Durations, chance: np.random.Generator) -> Played:
    """Play the jobs of a backlog in some slots; jobs of others run in the slots that are left."""
    ages = np.repeat(np.array(sorted(backlog.ages), dtype=float), [backlog.ages[age] for age in sorted(backlog.ages)])
    slots = max(slots, len(ages), 1)
    played = min(backlog.ahead, max(_PLAYED - slots, 2 * slots))
    a_slot = played / slots
    turns = int(a_slot + 3.0 * np.sqrt(a_slot * durations.spread) + 3.0)  # of a slot, rarely too few
    draws = int(np.clip(_CELLS // (slots * turns if backlog.idle else slots), _LEAST, _MOST))
    rests = durations.rests(ages, draws, chance)
    running = rests.max(axis=1, initial=0.0)
    if not backlog.idle:
        return Played(np.zeros(draws), np.zeros(draws), running, 0)
    took = durations.drawn((draws, slots, turns), chance)
    took[:, :, 0] = durations.rests_at_work((draws, slots), chance)
    if played == backlog.ahead:
        took[:, : len(ages), 0] = rests
    started, ended = _last(np.cumsum(took, axis=2), played, min(backlog.idle, played))
    return Played(started, ended, running, backlog.ahead - played)


def _last(ends: Sample, jobs: int, own: int) -> tuple[Sample, Sample]:
    """When the last of some jobs starts, and how long after that the last of the own ends, which start last.

    `ends` are the times at which each slot becomes free, in each outcome.
    """
    draws, slots, turns = ends.shape
    starts = np.sort(ends.reshape(draws, slots * turns), axis=1)
    last, first = starts[:, jobs - 1, None], starts[:, jobs - own, None]
    ended = (ends <= last[:, :, None]).sum(axis=2)
    until = np.take_along_axis(ends, np.minimum(ended, turns - 1)[:, :, None], axis=2)[:, :, 0]
    since = np.take_along_axis(ends, np.maximum(ended - 1, 0)[:, :, None], axis=2)[:, :, 0]
    of_own = (ended > 0) & (since >= first)
    return last[:, 0], np.where(of_own, until - last, 0.0).max(axis=1)
