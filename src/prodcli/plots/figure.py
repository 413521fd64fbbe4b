"""A figure: what is drawn, as data; the same for pictures, terminals, pages and JSON.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_NAMES = 8  # of series that have a colour of their own
OTHERS = "others"


class Scale(StrEnum):
    """What the numbers of an axis are."""

    NUMBER = "number"
    TIME = "time"  # seconds since 1970
    DURATION = "duration"  # seconds, on a logarithmic axis
    MEMORY = "memory"  # MB
    PLACE = "place"  # a run or a segment: a number that names something


class Shape(StrEnum):
    """How a series is drawn."""

    LINE = "line"
    DASHED = "dashed"
    BARS = "bars"  # each as wide as the figure's `step`, from x on; the bars of all series stand on one another
    STEPS = "steps"  # a line that is level from each x to the next
    POINTS = "points"


class Tone(StrEnum):
    """What a colour means; a series without a meaning gets the next colour that is free."""

    NONE = ""
    DONE = "done"
    FAILED = "failed"
    FORECAST = "forecast"
    OTHERS = "others"


@dataclass(frozen=True)
class Axis:
    """The words of an axis, and what its numbers are."""

    label: str
    scale: Scale = Scale.NUMBER


@dataclass(frozen=True)
class Series:
    """Points with a name; `sizes` says for how many jobs each point stands, where points differ in this."""

    name: str
    shape: Shape
    x: Sequence[float]
    y: Sequence[float]
    tone: Tone = Tone.NONE
    sizes: Sequence[int] = ()


@dataclass(frozen=True)
class Band:
    """What lies between `low` and `high` at each x."""

    name: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True)
class Level:
    """A level line over the whole figure."""

    name: str
    y: float


@dataclass(frozen=True)
class Figure:
    """All that is drawn, and the words for a figure without points.

    `step` is the width of bars in units of x. `equal` figures have the same scale on both axes, and a line where x is y.
    """

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    bands: Sequence[Band] = ()
    levels: Sequence[Level] = ()
    step: float = 1.0
    equal: bool = False
    note: str = ""
    empty: str = "there is nothing to draw"

    @property
    def is_empty(self) -> bool:
        """True for a figure without points."""
        return not any(one.x for one in self.series)


def largest_first(weights: dict[str, float]) -> list[str]:
    """The names that get a colour of their own, the weightiest first."""
    return sorted(weights, key=lambda name: (-weights[name], name))[:MOST_NAMES]


def folded_name(name: str, named: Iterable[str]) -> str:
    """The name of a series, or that of all others."""
    return name if name in named else OTHERS
