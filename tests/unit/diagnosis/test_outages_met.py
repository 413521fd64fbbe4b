"""Failures inside outages: how many, whether by chance, and what that says of whose fault they are."""

import math
from fractions import Fraction

import pytest

from prodcli.diagnosis.outages_met import FailuresInside, Usual, at_least, outages_met
from prodcli.diagnosis.verdict import FailedAlike, fault_of
from prodcli.error_catalog.entry_form import known_error
from prodcli.services.states import Outage

HOUR = 3600
DAY = (0, 24 * HOUR)
DOWN = Outage("database", "down", 14 * HOUR + 120, 14 * HOUR + 1860, "disk failure")
LASTS = Outage("lustre", "degraded", 20 * HOUR, None)


@pytest.mark.parametrize(
    ("wins", "tries", "part"), [(6, 9, (1, 40)), (1, 3, (1, 2)), (500, 500, (9, 10)), (3, 400, (1, 99))]
)
def test_the_tail_of_the_binomial_distribution(wins: int, tries: int, part: tuple[int, int]) -> None:
    chance = Fraction(*part)
    ways = sum(math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(wins, tries + 1))
    assert at_least(wins, tries, float(chance)) == pytest.approx(float(ways), rel=1e-9)


def test_the_ends_of_the_distribution() -> None:
    assert [at_least(0, 9, 0.1), at_least(9, 9, 1.0), at_least(1, 9, 0.0)] == [1.0, 1.0, 0.0]


def test_words() -> None:
    inside = [FailuresInside(1, 0, 6, 50_600, 52_000), FailuresInside(1, 1, 10, 72_100, 80_000)]
    lasts, down = outages_met(inside, [DOWN, LASTS], 13, Usual(DAY), 25 * HOUR)
    assert down.words == "6 of 13 inside database outage 1970-01-01 14:02-14:31 UTC (disk failure)"
    assert lasts.words == "10 of 13 inside lustre degraded 1970-01-01 20:00 UTC until now"
    assert (down.over, lasts.over, down.explains, lasts.explains) == (True, False, False, True)


def test_what_chance_would_do_explains_nothing() -> None:
    """Two of three failures in an outage of half the day are no wonder."""
    (met,) = outages_met(
        [FailuresInside(1, 0, 2, 0, 9)], [Outage("database", "down", 0, 12 * HOUR)], 3, Usual(DAY), DAY[1]
    )
    assert met.odds == pytest.approx(0.5)
    assert not met.explains


def test_jobs_that_finished_meanwhile_speak_for_the_service() -> None:
    """All failures are in the outage in both cases; only where others finished then as always, chance put them there."""
    inside, all_day = [FailuresInside(1, 0, 6, 50_600, 52_000)], range(0, 24 * HOUR, HOUR)
    (alone,) = outages_met(inside, [DOWN], 6, Usual((DOWN.since, 52_001), all_day), DAY[1])
    (among,) = outages_met(inside, [DOWN], 6, Usual(DAY, range(50_600, 51_800, 50)), DAY[1])
    assert alone.odds == pytest.approx(float(Fraction(1, math.comb(30, 6))))
    assert (alone.explains, among.odds, among.explains) == (True, 1.0, False)


@pytest.mark.parametrize(
    ("category", "retries", "fault"),
    [
        ("unknown", (0, 0), "service database"),
        ("service", (3, 2), "service database"),
        ("experiment code", (0, 0), "the experiment's code"),
        ("resource", (0, 0), "resources"),
        ("unknown", (20, 1), "code or data"),
    ],
)
def test_an_outage_tells_whose_fault_it_is(category: str, retries: tuple[int, int], fault: str) -> None:
    form = {"name": "n", "category": category, "action": "retry", "advice": "a", "state": "failed"}
    entry = None if category == "unknown" else known_error("some-error", form, "test")
    met = outages_met([FailuresInside(1, 0, 6, 50_600, 52_000)], [DOWN], 9, Usual(DAY), 25 * HOUR)
    found = fault_of(FailedAlike("failed", "exit 1", entry, *retries), [], met)
    assert found.fault == fault
    if fault == "service database":
        assert (str(found.action), found.why) == (
            "retry",
            "most began in the database outage, which is over: a retry is safe",
        )


def test_an_outage_that_lasts() -> None:
    met = outages_met([FailuresInside(1, 0, 6, 50_600, 52_000)], [DOWN], 9, Usual(DAY), 14 * HOUR + 130)
    why = fault_of(FailedAlike("failed", "exit 1", None), [], met).why
    assert why == "most began in the database outage, which lasts: retry when database is up again"
