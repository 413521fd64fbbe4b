"""Figures as PNG and SVG: valid files with all that they should show, the same for the same figure, whatever names are in them."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from prodcli.errors import ProdError, UsageError
from prodcli.plots.figure import Axis, Band, Figure, Level, Scale, Series, Shape, Tone
from prodcli.plots.image import image, kind_of, outline, reader_svg, write_picture

NOW, HOUR = 1_780_000_000, 3600  # 2026-05-28 20:26 UTC
HOSTILE = (
    "_begins",
    "$a$ \\frac{1}{2}",
    "\x1b[31mred\x07",
    "<script>alert(1)</script>",
    "日本 \u202e",
    "x" * 5000,
    "a\nb",
    "",
)
BARS = Figure(
    "ends",
    Axis("time", Scale.TIME),
    Axis("ends per hour"),
    [
        Series("finished", Shape.BARS, [NOW, NOW + HOUR], [3, 5], Tone.DONE),
        Series("failed", Shape.BARS, [NOW, NOW + HOUR], [1, 0], Tone.FAILED),
    ],
    step=HOUR,
)
FORECAST = Figure(
    "progress",
    Axis("time", Scale.TIME),
    Axis("jobs"),
    [
        Series("done", Shape.STEPS, [NOW - HOUR, NOW], [10, 20], Tone.DONE),
        Series("likely end", Shape.DASHED, [NOW, NOW + HOUR], [20, 40], Tone.FORECAST),
    ],
    [Band("8 of 10", [NOW, NOW + HOUR], [20, 30], [20, 40])],
    [Level("40 jobs", 40)],
    note="held jobs are not counted",
)
POINTS = Figure(
    "memory",
    Axis("used", Scale.MEMORY),
    Axis("asked", Scale.MEMORY),
    [Series(f"s{n}", Shape.POINTS, [n, 1000], [n + 1, 2000], sizes=[1, 1000]) for n in range(1, 12)],
    equal=True,
)
DURATIONS = Figure("durations", Axis("", Scale.DURATION), Axis("jobs"), [Series("a", Shape.STEPS, [60, 7200], [1, 2])])
HOSTILE_NAMES = Figure(
    HOSTILE[2],
    Axis(HOSTILE[1]),
    Axis(HOSTILE[3]),
    [Series(name, Shape.LINE, [1, 2], [1, 2]) for name in HOSTILE],
    levels=[Level(name, 1) for name in HOSTILE],
)
FIGURES = {"bars": BARS, "forecast": FORECAST, "points": POINTS, "durations": DURATIONS, "hostile": HOSTILE_NAMES}


def words(figure: Figure, **how: object) -> list[str]:
    """The texts of a figure as SVG."""
    tree = ElementTree.fromstring(image(figure, "svg", **how))  # type: ignore[arg-type]  # noqa: S314
    return [
        text for node in tree.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(node.itertext()).strip())
    ]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_each_figure_is_a_valid_file_and_the_same_each_time(name: str, kind: str) -> None:
    drawn = image(FIGURES[name], kind)
    assert drawn == image(FIGURES[name], kind)
    assert len(drawn) < 200_000
    if kind == "svg":
        assert ElementTree.fromstring(drawn).tag.endswith("svg")  # noqa: S314
    else:
        assert drawn.startswith(b"\x89PNG") and drawn.endswith(b"IEND\xaeB`\x82")


def test_a_figure_shows_its_words() -> None:
    assert {"ends", "time", "ends per hour", "finished", "failed"} <= set(words(BARS))
    assert {"done", "likely end", "8 of 10", "40 jobs", "held jobs are not counted"} <= set(words(FORECAST))
    assert {"1m", "5m", "20m", "1h00m"} <= set(words(DURATIONS)) and "10s" not in words(DURATIONS)


def test_times_are_those_of_the_zone() -> None:
    there = words(BARS, zone=ZoneInfo("America/New_York"))
    assert "21:00" in words(BARS) and "17:00" in there and "21:00" not in there


def test_bars_stand_on_one_another() -> None:
    """The second series begins where the first ends: the axis reaches beyond the sum."""
    alone = Figure(BARS.title, BARS.x, BARS.y, BARS.series[:1], step=HOUR)
    twice = Figure(BARS.title, BARS.x, BARS.y, [BARS.series[0], BARS.series[0]], step=HOUR)
    assert "10" not in words(alone) and "10" in words(twice)


def test_hostile_names_are_text() -> None:
    drawn = image(HOSTILE_NAMES, "svg").decode()
    assert "<script>" not in drawn and "\x1b" not in drawn and "\u202e" not in drawn
    shown = words(HOSTILE_NAMES)
    assert "_begins" in shown and "$a$ \\frac{1}{2}" in shown
    assert max(map(len, shown)) < 100


def test_dark_pictures_are_dark() -> None:
    assert b"#16191d" in image(BARS, "svg", dark=True) and b"#16191d" not in image(BARS, "svg")


def test_a_figure_of_a_page_has_the_colours_of_its_reader() -> None:
    drawn = reader_svg(BARS)
    assert drawn == reader_svg(BARS)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")  # noqa: S314
    assert b"prefers-color-scheme:dark" in drawn and b"fill: var(--ink)" in drawn
    assert not any(colour in drawn for colour in (b"#010203", b"#fdfcfb", b"#ffffff;", b"#000000"))


def test_many_points_are_pixels_and_cost_the_reader_little() -> None:
    many = [Series(f"s{n}", Shape.POINTS, range(60), range(60)) for n in range(5)]
    drawn = reader_svg(Figure("memory", POINTS.x, POINTS.y, many, equal=True))
    assert b"data:image/png;base64" in drawn and b"data:image" not in reader_svg(POINTS)
    assert len(drawn) < 60_000


def test_an_outline_has_nothing_between_bars_that_do_not_touch() -> None:
    assert list(outline([0, 1], 1, [0, 2], [3, 5])) == [(0, 0, 3), (1, 0, 3), (1, 2, 5), (2, 2, 5)]
    assert list(outline([0, 2], 1, [1, 0], [3, 5])) == [
        (0, 1, 3),
        (1, 1, 3),
        (1, 1, 1),
        (2, 0, 0),
        (2, 0, 5),
        (3, 0, 5),
    ]
    assert list(outline([], 1, [], [])) == []


def test_the_ending_of_a_file_says_what_is_drawn() -> None:
    assert [kind_of(Path(name), "--out") for name in ("a.PNG", "b/a.svg")] == ["png", "svg"]
    for name in ("a.pdf", "a", ".png"):
        with pytest.raises(UsageError, match=r"--out .*: a picture is a \.png or \.svg file"):
            kind_of(Path(name), "--out")


@pytest.mark.parametrize(("file", "says"), [("none/a.png", "No such file"), ("folder.png", "Is a directory")])
def test_a_file_that_cannot_be_written_is_one_failure(tmp_path: Path, file: str, says: str) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ProdError, match=f"the picture cannot be written: {says}"):
        write_picture(b"x", tmp_path / file, "--out")


def test_without_matplotlib_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ProdError, match="matplotlib.*is not installed"):
        image(BARS, "png")
