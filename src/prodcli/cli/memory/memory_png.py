"""The plot of `prodcli memory` as PNG, by matplotlib, an optional package that only this module loads."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcli.errors import ProdError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from prodcli.memory.advice import Use

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#444444")
_MARKERS = "osD^vP*X"
_OTHERS = "#aaaaaa"
_MOST_STEPS = 12  # of ladders that get a line
_SMALLEST, _LARGEST = 24, 220  # area of a mark, in points


def write_png(held: Sequence[Use], file: Path) -> int:
    """Draw requested against used memory of jobs held for memory, and return the number of jobs; without jobs write no file.

    Raises UsageError if the file cannot be written.
    """
    points = [use for use in held if use.asked and use.used]
    if not points:
        return 0
    picture = io.BytesIO()
    draw(points).savefig(picture, format="png")
    try:
        file.write_bytes(picture.getvalue())
    except OSError as failure:
        raise UsageError(f"the picture cannot be written: {failure.strerror}", where=f"--png {file}") from None
    return sum(use.jobs for use in points)


def draw(points: Sequence[Use]) -> Figure:
    """Draw jobs with requested and used memory, without a window or a display; raises ProdError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        todo = "pip install 'prodcli[plot]'; without --png the plot is text"
        raise ProdError("matplotlib, which draws PNG, is not installed", where="--png", todo=todo) from None
    figure = Figure(figsize=(8.0, 7.0), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    most = 1.06 * max(max(use.asked or 0, use.used or 0) for use in points)
    axes.plot([0, most], [0, most], color="black", linewidth=1, linestyle=":", label="used = asked")
    _draw_ladders(axes, points, most)
    _draw_jobs(axes, points)
    axes.set(xlim=(0, most), ylim=(0, most), xlabel="memory used [MB]", ylabel="memory asked for [MB]")
    axes.set_aspect("equal")
    axes.set_title(f"{sum(use.jobs for use in points)} jobs that are held for memory (the larger a mark, the more)")
    axes.legend(loc="lower right", fontsize="small", markerscale=0.7, framealpha=0.9)
    return figure


def _draw_ladders(axes: Any, points: Sequence[Use], most: float) -> None:
    """Draw the steps of the rules' ladders as lines with their size; only some of many."""
    steps = sorted({step for use in points for step in use.ladder if step <= most})[:_MOST_STEPS]
    for number, step in enumerate(steps):
        label = "steps of the rules' ladders" if number == 0 else None
        axes.axhline(step, color="#777777", linewidth=0.8, linestyle="--", zorder=1, label=label)
        axes.annotate(
            f"{step} MB",
            (1, step),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize="x-small",
            color="#555555",
        )


def _draw_jobs(axes: Any, points: Sequence[Use]) -> None:
    """Draw a mark for jobs with the same requested and used memory, larger for more jobs.

    The rarest dsttypes share a colour.
    """
    jobs: Counter[str] = Counter()
    for use in points:
        jobs[use.group] += use.jobs
    largest = max(use.jobs for use in points)
    named = [group for group, _ in jobs.most_common(len(_COLOURS))]
    rest = len(jobs) - len(named)
    if rest:
        others = [use for use in points if use.group not in named]
        counted = sum(use.jobs for use in others)
        _scatter(axes, others, largest, _OTHERS, "o", f"{counted} others, of {rest} dsttypes")
    for group, colour, marker in zip(named, _COLOURS, _MARKERS, strict=False):
        members = [use for use in points if use.group == group]
        _scatter(axes, members, largest, colour, marker, f"{jobs[group]} {group}")


def _scatter(axes: Any, uses: Sequence[Use], largest: int, colour: str, marker: str, label: str) -> None:
    areas = [_SMALLEST + (_LARGEST - _SMALLEST) * (use.jobs - 1) / max(1, largest - 1) for use in uses]
    axes.scatter(
        [use.used for use in uses],
        [use.asked for use in uses],
        s=areas,
        color=colour,
        marker=marker,
        alpha=0.7,
        linewidths=0.5,
        edgecolors="white",
        zorder=3,
        label=label.replace("$", r"\$"),  # else it is taken as mathematics
    )
