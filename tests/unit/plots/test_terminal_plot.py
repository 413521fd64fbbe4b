"""Figures on terminals: within their columns, with or without colours, the bars where they belong, names harmless."""

import re
import sys

import pytest

from prodcli.errors import ProdError
from prodcli.plots.columns import at_columns
from prodcli.plots.figure import Axis, Figure, Series, Shape, Tone
from prodcli.plots.terminal_plot import Paper, round_levels, terminal_plot
from tests.unit.plots.test_image import BARS, FIGURES, FORECAST, HOUR, NOW

COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("colours", [False, True])
@pytest.mark.parametrize("width", [5, 80, 200])
def test_each_figure_fits_and_shows_its_names(name: str, colours: bool, width: int) -> None:
    drawn = terminal_plot(FIGURES[name], Paper(width, 20, colours))
    plain = COLOUR.sub("", drawn)
    assert bool(COLOUR.search(drawn)) == colours
    assert all(line.isprintable() for line in plain.split("\n"))
    frame = [line for line in plain.split("\n") if "│" in line or "┤" in line]
    assert len(frame) >= 15
    assert max(map(len, frame)) <= max(width, 30)
    if name != "hostile":
        assert {one.name for one in FIGURES[name].series} <= set(re.findall(r"^  . (.*)$", plain, re.MULTILINE))


def test_a_figure_is_the_same_each_time() -> None:
    first = terminal_plot(BARS, Paper())
    terminal_plot(FORECAST, Paper(colours=True))
    assert terminal_plot(BARS, Paper()) == first


def test_bars_are_as_high_as_their_numbers() -> None:
    """Columns of 3 and 1 of another, then of 5, on an axis up to 6."""
    lines = terminal_plot(BARS, Paper(80, 21)).split("\n")
    levels = [line for line in lines if re.match(r" *[\d.]*[│┤]", line)]
    left = "".join(line[10] for line in levels)
    right = "".join(line[70] for line in levels)
    top = len(levels) - 1
    assert abs(left.count("#") - 1 - 3 * top / 6) <= 1
    assert abs(left.count("o") - top / 6) <= 1
    assert abs(right.count("#") - 1 - 5 * top / 6) <= 1 and "o" not in right
    assert left.strip() == "o" * left.count("o") + "#" * left.count("#")


def test_plain_paper_is_ascii() -> None:
    for name in set(FIGURES) - {"hostile"}:
        assert terminal_plot(FIGURES[name], Paper(plain=True)).isascii()


def test_many_bars_in_a_column_are_their_mean() -> None:
    bars = [Series("a", Shape.BARS, [0, 1, 2, 3], [1, 3, 5, 7]), Series("b", Shape.BARS, [0], [4])]
    assert at_columns(bars, 1, 2) == ([1.0, 3.0], [[2.0, 6.0], [2.0, 0.0]])
    places, (heights, _) = at_columns(bars, 1, 8)
    assert places[0] == 0.25 and heights == [1, 1, 3, 3, 5, 5, 7, 7]
    assert at_columns([], 1, 8) == ([], [])


@pytest.mark.parametrize(
    ("top", "last"),
    [(0, 1), (0.3, 0.3), (1, 1), (3, 3), (4, 4), (1500, 1600), (99, 100), (100, 100), (7_654_321, 8_000_000)],
)
def test_levels_are_round_numbers_up_to_the_top(top: float, last: float) -> None:
    levels = round_levels(top)
    assert (levels[0], len(levels)) == (0, 5)
    assert levels[-1] == pytest.approx(last)


def test_the_forecast_is_drawn_with_its_edges() -> None:
    text = terminal_plot(FORECAST, Paper())
    assert "  . 8 of 10" in text and "held jobs are not counted" in text and ".." in text


def test_points_of_one_place_are_drawn() -> None:
    figure = Figure("t", Axis("x"), Axis("y"), [Series("a", Shape.POINTS, [NOW], [HOUR], Tone.FAILED)])
    assert terminal_plot(figure, Paper()).count("#") >= 2


def test_without_plotext_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    with pytest.raises(ProdError, match="plotext.*is not installed"):
        terminal_plot(BARS, Paper())
