"""Estimates of finish times hold in queues that are played through, and say nothing where nothing is known."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest

from prodcli.estimates.backlog import Backlog, Pace
from prodcli.estimates.finish_times import chance_until, finish_times, interval, latest

HOUR = 3600


@dataclass(frozen=True)
class Played:
    """A queue at a moment: what is open, its pace until then, and how many seconds later the last job ended."""

    backlog: Backlog
    pace: Pace
    truth: float


def play(seed: int, jobs: int = 600, slots: int = 40, moment: float = 6 * HOUR) -> Played:
    """Play a queue through: jobs start in order, in a number of slots, and run one to three hours."""
    chance = random.Random(seed)  # noqa: S311
    slots = max(4, round(slots * chance.uniform(0.7, 1.3)))
    durations = [chance.lognormvariate(0.6, 0.35) * HOUR for _ in range(jobs)]
    free = [0.0] * slots
    spans = []
    for duration in durations:
        start = heapq.heappop(free)
        spans.append((start, start + duration))
        heapq.heappush(free, start + duration)
    ends = Counter(int(end // HOUR) for _, end in spans if end <= moment)
    seen = Counter(int(end - start) // 300 * 300 for start, end in spans if end <= moment)
    ages = Counter(int(moment - start) // 300 * 300 for start, end in spans if start <= moment < end)
    idle = sum(start > moment for start, _ in spans)
    mean = sum(seconds * count for seconds, count in seen.items()) / seen.total()
    hours = tuple(ends[hour] for hour in range(1 + int(mean / 2 // HOUR), int(moment // HOUR)))
    pace = Pace(ends.total(), (moment - mean / 2) / HOUR, hours, dict(seen), ages.total())
    return Played(Backlog(idle, idle, 0, ages), pace, max(end for _, end in spans) - moment)


@pytest.mark.parametrize(
    "jobs", [pytest.param(600, id="hundreds idle"), pytest.param(170, id="few idle"), pytest.param(130, id="tail")]
)
def test_eight_of_ten_ends_lie_in_the_interval(jobs: int) -> None:
    within, errors = 0, []
    played = [one for one in (play(seed, jobs) for seed in range(60)) if one.backlog.left > 3]
    for one in played:
        sample = finish_times(one.backlog, one.pace)
        assert sample is not None
        guess = interval(sample, 0)
        within += guess.low <= one.truth <= guess.high
        errors.append((guess.middle - one.truth) / one.truth)
    assert len(played) > 20
    assert 0.65 * len(played) <= within <= 0.95 * len(played)
    assert abs(float(np.median(errors))) < 0.1


def test_the_same_books_give_the_same_estimate() -> None:
    one = play(1)
    first, second = finish_times(one.backlog, one.pace), finish_times(one.backlog, one.pace)
    assert first is not None and second is not None
    assert interval(first, 100) == interval(second, 100)


def test_more_jobs_take_longer_and_a_faster_pace_less() -> None:
    one = play(2)
    sample = finish_times(one.backlog, one.pace)
    more = finish_times(replace(one.backlog, idle=2000, ahead=2000), one.pace)
    faster = finish_times(one.backlog, replace(one.pace, ends=4 * one.pace.ends))
    assert sample is not None and more is not None and faster is not None
    assert interval(faster, 0).middle < interval(sample, 0).middle < interval(more, 0).middle


def test_a_run_that_is_first_in_the_queue_ends_before_the_last_one() -> None:
    pace = play(3).pace
    early = finish_times(Backlog(idle=20, ahead=20), pace)
    late = finish_times(Backlog(idle=20, ahead=400), pace)
    assert early is not None and late is not None
    assert interval(early, 0).high < interval(late, 0).low


def test_running_jobs_alone_end_as_others_of_their_age_did() -> None:
    pace = Pace(0, 0.0, (), {3600: 50, 7200: 50})
    sample = finish_times(Backlog(ages=Counter({1800: 1})), pace)
    assert sample is not None
    assert 1800 <= interval(sample, 0).low <= interval(sample, 0).high <= 6000
    old = finish_times(Backlog(ages=Counter({9000: 1})), pace)  # older than any that was seen
    assert old is not None
    assert 0 < interval(old, 0).low < interval(old, 0).high <= 9000


@pytest.mark.parametrize(
    ("backlog", "pace"),
    [
        pytest.param(Backlog(), Pace(5, 1.0, (), {60: 5}), id="nothing is open"),
        pytest.param(Backlog(3, 3), Pace(0, 2.0, (0, 0), {60: 5}), id="nothing ends"),
        pytest.param(Backlog(3, 3), Pace(5, 1.0), id="no duration is known"),
        pytest.param(Backlog(3, 3), Pace(0, 0.0, (), {60: 5}), id="no time to take a rate from"),
    ],
)
def test_nothing_known_is_no_estimate(backlog: Backlog, pace: Pace) -> None:
    assert finish_times(backlog, pace) is None


def test_a_campaign_ends_with_the_last_of_its_rules() -> None:
    sample = latest([np.array([1.0, 9.0, 3.0]), np.array([5.0, 2.0, 3.0])])
    assert sample.tolist() == [5.0, 9.0, 3.0]
    assert chance_until(sample, 5.0) == pytest.approx(200 / 3)
