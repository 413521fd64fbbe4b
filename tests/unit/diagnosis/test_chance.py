"""Odds and likelihoods against sums over all cases."""

from math import comb, exp, log
from random import Random

import pytest

from prodcli.diagnosis.chance import Counts, gain, log_chance, log_likelihood


@pytest.mark.parametrize("seed", range(40))
def test_the_chance_is_the_share_of_all_draws(seed: int) -> None:
    luck = Random(seed)
    inside, outside = (Counts(luck.randint(0, 9), luck.randint(0, 12)) for _ in range(2))
    every = inside.plus(outside)
    ways = sum(
        comb(every.failed, failed) * comb(every.passed, inside.total - failed)
        for failed in range(inside.failed, min(every.failed, inside.total) + 1)
    )
    assert exp(log_chance(inside, outside)) == pytest.approx(ways / comb(every.total, inside.total))


def test_a_million_attempts_cost_no_time_and_overflow_nothing() -> None:
    assert log_chance(Counts(500_000, 0), Counts(0, 5_000_000)) == pytest.approx(-1_675_491, rel=1e-6)
    assert log_chance(Counts(0, 500_000), Counts(5_000, 500_000)) == 0


def test_the_likelihood_is_of_the_rates_that_suit_best() -> None:
    assert log_likelihood(Counts(3, 1), Counts(0, 5)) == pytest.approx(3 * log(0.75) + log(0.25))
    assert log_likelihood(Counts(4, 0), Counts(0, 9)) == 0


def test_two_rates_gain_nothing_where_they_are_equal() -> None:
    assert gain(Counts(2, 6), Counts(5, 15)) == pytest.approx(0, abs=1e-9)
    assert gain(Counts(4, 0), Counts(0, 4)) == pytest.approx(8 * log(2))
