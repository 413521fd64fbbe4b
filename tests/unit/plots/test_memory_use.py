"""The figure of memory: its axes, its ladders, a series for each of the largest groups, and larger points for more jobs."""

from prodcli.memory.advice import Use
from prodcli.plots.figure import OTHERS, Level, Scale, Tone
from prodcli.plots.image import image
from prodcli.plots.memory_use import of_uses


def use(group: str, asked: int, jobs: int) -> Use:
    """Jobs that are held for memory."""
    return Use(group, (2000, 4000), asked, None, asked + 240, held=True, jobs=jobs)


def test_the_figure_has_axes_with_units_the_ladder_and_a_series_for_each_dsttype() -> None:
    rare = [use(f"DST_$RARE_{n}", 2000, 1) for n in range(9)]
    figure = of_uses([use("DST_A", 2000, 30), use("DST_A", 4000, 10), *rare], "that are held for memory")
    assert (figure.x.label, figure.y.label) == ("memory used [MB]", "memory asked for [MB]")
    assert figure.x.scale == figure.y.scale == Scale.MEMORY
    assert figure.title == "49 jobs that are held for memory"
    assert figure.levels == [Level("2000 MB", 2000), Level("4000 MB", 4000)]
    assert figure.equal  # so it has the line where used memory is what was asked for
    first, *others = figure.series
    assert [one.name for one in figure.series] == ["40 DST_A", *(f"1 DST_$RARE_{n}" for n in range(7)), f"2 {OTHERS}"]
    assert others[-1].tone is Tone.OTHERS
    assert (list(first.y), list(first.sizes)) == ([2000, 4000], [30, 10])
    cell = 4240 // 240 + 1  # used memory in 240 steps
    assert list(first.x) == [used // cell * cell for used in (2240, 4240)]


def test_the_picture_says_all_of_it() -> None:
    figure = of_uses([use("DST_$A", 2000, 30), use("DST_B", 4000, 10)], "that are held for memory")
    drawn = image(figure, "svg").decode()
    for words in ("40 jobs that are held for memory", "memory used [MB]", "30 DST_$A", "10 DST_B", "2000 MB"):
        assert words in drawn
