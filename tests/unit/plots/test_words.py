"""Figures in words."""

from prodcli.plots.figure import Figure
from prodcli.plots.words import in_words
from tests.unit.plots.test_image import BARS, DURATIONS, FORECAST, POINTS


def test_the_forecast_and_its_interval_are_told() -> None:
    said = in_words(FORECAST)
    assert "likely end: 20 at 2026-05-28 20:26 UTC, 40 at 2026-05-28 21:26 UTC" in said
    assert said.endswith("held jobs are not counted")


def test_the_highest_bar_is_told() -> None:
    assert in_words(BARS).startswith("ends. finished: at most 5 at 2026-05-28 21:26 UTC, 2026-05-28 20:26 UTC to")
    assert in_words(DURATIONS) == "durations. a: at most 2 at 2h00m, 1m to 2h00m"


def test_points_are_counted() -> None:
    assert "s1: 2 points" in in_words(POINTS)


def test_a_figure_without_points_says_why() -> None:
    assert in_words(Figure("0 jobs", BARS.x, BARS.y, [], empty="nothing ended")) == "0 jobs: nothing ended"
