"""Memory requested and used, and the ladder of the least cost. Sizes in MB, costs in GB x hours.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter

from prodcli.sizes import on_grid

MOST_STEPS = 4
_MARGIN = 1.5  # for jobs of which only is known what they need more than
_GB, _HOUR = 1024, 3600
_QUANTILES = (0.5, 0.9, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Use:
    """Jobs of one group with the same requested, provisioned and used memory.

    Finished jobs, or `held` jobs that needed more.

    `timed` of the jobs ran for `seconds` together; the time of the others is unknown. `newest` is the largest dbid,
    `ladder` the memory that its rule requests.
    """

    group: str
    ladder: tuple[int, ...]
    asked: int | None
    provisioned: int | None
    used: int | None
    held: bool
    jobs: int
    timed: int = 0
    seconds: int = 0
    newest: int = 0

    @property
    def exceeded(self) -> int:
        """The memory that a held job is known to exceed; 0 if unknown.

        A job on hold may already request its next step, so the smaller of requested and provisioned memory was its
        limit.
        """
        return max(self.used or 0, min((n for n in (self.asked, self.provisioned) if n), default=0))


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a quantity over jobs, by nearest rank; `gb_hours` and `unused` are None without times."""

    group: str
    quantity: str
    jobs: int
    median: int
    p90: int
    p99: int
    most: int
    gb_hours: float | None
    unused: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The cheapest ladder for a group, its cost and today's; in GB x hours if `timed`, else in GB x starts.

    `beyond` jobs were held above every known peak: no step is known to suffice for them, and no cost counts them.
    `short` jobs were held with the last step or more; `exceeded` is the largest memory that one of them is known to
    exceed. Without any known peak there is no ladder.
    """

    group: str
    jobs: int
    held: int
    beyond: float
    today: tuple[int, ...]
    ladder: tuple[int, ...]
    cost_today: float
    cost: float
    timed: bool
    short: int
    exceeded: int

    @property
    def last_step(self) -> int | None:
        """The last step to try for `short` jobs; None without such jobs."""
        return enough_for(self.exceeded) if self.short else None

    @property
    def saving(self) -> float:
        """The saving of the ladder, in percent of today's cost."""
        return 100 * (1 - self.cost / self.cost_today) if self.cost_today else 0.0


def spreads(uses: Iterable[Use]) -> list[Spread]:
    """The distribution of requested, provisioned and used memory of finished jobs by group.

    Held jobs count with the memory that they exceeded.
    """
    found = []
    for group, members in _grouped(uses):
        done = [use for use in members if not use.held]
        held = [use for use in members if use.held]
        for quantity in ("asked", "provisioned", "used"):
            found += _spread(group, quantity, [(use, size) for use in done if (size := getattr(use, quantity))])
        found += _spread(group, "exceeded", [(use, use.exceeded) for use in held if use.exceeded])
    return found


def advise(uses: Iterable[Use], headroom: float, steps: int = MOST_STEPS) -> list[Advice]:
    """The cheapest ladder of at most this many steps for each group; no steps for a group without finished jobs.

    `headroom` is the fraction added to a peak, as memory is only measured now and then.
    """
    return [advice for group, members in _grouped(uses) if (advice := _advice(group, members, headroom, steps))]


def cheapest(weights: Mapping[int, float], steps: int) -> tuple[int, ...]:
    """The ladder of at most this many steps with the least `cost`; its last step is the largest size.

    Every step is one of the sizes, as a step between two sizes lets no more jobs pass than the lower size. So the best
    ladder that ends with a size is that size after the best shorter ladder that ends with a smaller size.
    """
    sizes = sorted(weights)
    above = [sum(weights[size] for size in sizes[i:]) for i in range(len(sizes))]  # what needs sizes[i] or more
    best: list[tuple[float, tuple[int, ...]]] = [(size * above[0], (size,)) for size in sizes]
    for _ in range(steps - 1):
        best = [
            min([best[i], *((best[j][0] + size * above[j + 1], (*best[j][1], size)) for j in range(i))])
            for i, size in enumerate(sizes)
        ]
    return best[-1][1]


def cost(ladder: Sequence[int], weights: Mapping[int, float]) -> float:
    """MB x weight of jobs by the size that they need.

    A job runs anew, for the same time, with every step up to the one that suffices.
    """
    return sum(
        step * sum(weight for size, weight in weights.items() if size > before)
        for before, step in zip((0, *ladder), ladder, strict=False)
    )


def peaks(uses: Sequence[Use]) -> tuple[dict[int, float], float]:
    """The number of jobs by peak, and the number of jobs beyond all known peaks.

    Held jobs are censored observations: each is shared out over the larger peaks in proportion to their distribution
    (the Kaplan-Meier estimate).
    """
    ended: dict[int, int] = {}
    for use in uses:
        if not use.held and use.used:
            ended[use.used] = ended.get(use.used, 0) + use.jobs
    censored = sorted((use.exceeded, use.jobs) for use in uses if use.held and use.exceeded)
    at_risk = sum(ended.values()) + sum(jobs for _, jobs in censored)
    found, left, passed = {}, float(at_risk), 0
    for peak in sorted(ended):
        while passed < len(censored) and censored[passed][0] < peak:
            at_risk -= censored[passed][1]
            passed += 1
        found[peak] = left * ended[peak] / at_risk
        left -= found[peak]
        at_risk -= ended[peak]
    return found, left if passed < len(censored) else 0.0


def _advice(group: str, uses: Sequence[Use], headroom: float, steps: int) -> Advice | None:
    found, beyond = peaks(uses)
    short = partial(_short, [use for use in uses if use.held and use.exceeded])
    held = sum(use.jobs for use in uses if use.held)
    jobs = sum(use.jobs for use in uses)
    today = max(uses, key=attrgetter("newest")).ladder
    if not found:
        return Advice(group, jobs, held, held, today, (), 0.0, 0.0, False, *short(0)) if short(0)[0] else None
    hours, timed = _hours(uses)
    weights = {peak: jobs * hours[peak] for peak, jobs in found.items()}
    needed: dict[int, float] = {}
    for peak, weight in weights.items():
        size = on_grid(round(peak * (1 + headroom)))
        needed[size] = needed.get(size, 0.0) + weight
    ladder = cheapest(needed, steps)
    given = [on_grid(step) for step in today]
    if not given or given[-1] < max(weights):
        given = [*(step for step in given if step < ladder[-1]), ladder[-1]]
    paid, least = cost(given, weights) / _GB, cost(ladder, needed) / _GB
    return Advice(group, jobs, held, beyond, today, ladder, paid, least, timed, *short(ladder[-1]))


def _short(held: Sequence[Use], last: int) -> tuple[int, int]:
    """The number of held jobs that exceeded the last step, and the largest memory that one exceeded."""
    above = [use for use in held if use.exceeded >= last]
    return sum(use.jobs for use in above), max((use.exceeded for use in above), default=0)


def enough_for(needed: int) -> int:
    """The memory to try for jobs that exceed this size: half more, rounded up to the grid of 128 MB."""
    return on_grid(math.ceil(needed * _MARGIN))


def span(sizes: Sequence[int]) -> str:
    """The least and the largest of some sizes; empty without sizes."""
    if not sizes:
        return ""
    low, high = min(sizes), max(sizes)
    return str(low) if low == high else f"{low}-{high}"


def _hours(uses: Sequence[Use]) -> tuple[dict[int, float], bool]:
    """The mean run time of finished jobs by peak, and whether it is known; else the mean of all jobs, else 1."""
    seconds: dict[int, int] = {}
    timed: dict[int, int] = {}
    for use in uses:
        if not use.held and use.used:
            seconds[use.used] = seconds.get(use.used, 0) + max(0, use.seconds)
            timed[use.used] = timed.get(use.used, 0) + use.timed
    known = sum(timed.values())
    mean = sum(seconds.values()) / known / _HOUR if known else 1.0
    return {peak: seconds[peak] / n / _HOUR if (n := timed[peak]) else mean for peak in seconds}, known > 0


def _spread(group: str, quantity: str, sized: Sequence[tuple[Use, int]]) -> list[Spread]:
    if not sized:
        return []
    jobs = sum(use.jobs for use, _ in sized)
    timed = [(use, size) for use, size in sized if use.timed]
    gb_hours = sum(size * use.seconds for use, size in timed) / _GB / _HOUR if timed else None
    unused = None
    if timed and quantity in ("asked", "provisioned"):
        measured = [(use, size, use.used) for use, size in timed if use.used]
        unused = sum((size - used) * use.seconds for use, size, used in measured) / _GB / _HOUR
    return [Spread(group, quantity, jobs, *_quantiles(sized, jobs), gb_hours, unused)]


def _quantiles(sized: Sequence[tuple[Use, int]], jobs: int) -> tuple[int, int, int, int]:
    found: list[int] = []
    seen = 0
    for use, size in sorted(sized, key=lambda one: one[1]):
        seen += use.jobs
        while len(found) < len(_QUANTILES) and seen >= _QUANTILES[len(found)] * jobs:
            found.append(size)
    median, p90, p99, most = found
    return median, p90, p99, most


def _grouped(uses: Iterable[Use]) -> list[tuple[str, list[Use]]]:
    by_group = attrgetter("group")
    return [(group, list(members)) for group, members in groupby(sorted(uses, key=by_group), by_group)]
