"""A table of results: columns that know what their cells are, rows of plain values, and the words around them.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from enum import StrEnum

Cell = str | int | float | None


class Kind(StrEnum):
    """What the cells of a column are; every cell is a plain value, or None."""

    TEXT = "text"
    COUNT = "count"  # how many
    NUMBER = "number"  # a measured number
    PERCENT = "percent"  # 0 to 100
    BAR = "bar"  # 0 to 100, with a bar on screens
    LENGTH = "length"  # 0 to 100, on screens a bar alone
    TIME = "time"  # seconds since 1970, shown as date and time
    AGO = "ago"  # seconds since 1970, shown as `4 min ago (02:02 UTC)`
    DURATION = "duration"  # seconds
    BYTES = "bytes"  # bytes
    MEMORY = "memory"  # MB
    DETAIL = "detail"  # a text that a terminal shows below the row, unless there is room beside
    PATH = "path"  # stands alone on a line of a terminal, so that it can be copied
    PATHS = "paths"  # as PATH, also off a terminal; several have a comma and a blank between them: each on its line
    COMMAND = "command"  # as PATH, also off a terminal


@dataclass(frozen=True)
class Column:
    """What the cells of a column are, and how people see them.

    `key` is the name in JSON and CSV, `title` the heading (by default the key with blanks). A column of level 0 names
    its row and is always shown; the greater the level, the earlier a narrow terminal leaves the column out. `style` is
    the colour of cells that are not zero or empty. With `drop_empty` people do not see the column while all its cells
    are zero or empty. With `shared` a narrow terminal shows the cell that all rows share in the title. `to` is the key
    of the column with the upper end of a range, which people see in this one: `40-200`. `folded` is the key of the
    column that counts what is folded into the row, which people see in this one: `DST_STREAMING_EVENT x63`.
    """

    key: str
    title: str = ""
    kind: Kind = Kind.TEXT
    level: int = 0
    style: str = ""
    drop_empty: bool = False
    shared: bool = False
    to: str = ""
    folded: str = ""

    @property
    def heading(self) -> str:
        """The heading for people."""
        return self.title or self.key.replace("_", " ")


@dataclass(frozen=True)
class Table:
    """A result: columns, rows of plain values, and words around them.

    `marks` gives the colour of a word in any cell. `total` stands below the rows, `as_of` beside the title; `note` and
    the `hints`, which say what to type next, stand below. A terminal shows at most the first `most` rows. Data formats
    have columns and rows alone. A column may be given as its heading alone, whose properties are then in `styles`,
    `narrow` (as drop_empty) and `shared`; the first names the rows.
    """

    columns: Sequence[Column | str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    styles: InitVar[Mapping[str, str] | None] = None
    marks: Mapping[str, str] = field(default_factory=dict)
    total: Sequence[Cell] | None = None
    narrow: InitVar[Collection[str]] = ()
    shared: InitVar[Collection[str]] = ()
    note: str = ""
    as_of: str = ""
    hints: Sequence[str] = ()
    most: int | None = None
    described: tuple[Column, ...] = field(init=False)

    def __post_init__(self, styles: Mapping[str, str] | None, narrow: Collection[str], shared: Collection[str]) -> None:
        """Describe the columns that are given as headings."""

        def described(place: int, one: Column | str) -> Column:
            if isinstance(one, Column):
                return one
            style, level = (styles or {}).get(one, ""), int(place > 0)
            return Column(key_of(one), one, Kind.TEXT, level, style, drop_empty=one in narrow, shared=one in shared)

        object.__setattr__(self, "described", tuple(described(*one) for one in enumerate(self.columns)))

    @property
    def keys(self) -> list[str]:
        """The keys of the columns."""
        return [one.key for one in self.described]

    def stamped(self, as_of: str) -> Table:
        """The table with the time as of which it is true."""
        return replace(self, columns=self.described, as_of=as_of)

    def hinted(self, *hints: str) -> Table:
        """The table with more that may be typed next."""
        return replace(self, columns=self.described, hints=(*self.hints, *hints))

    def noted(self, *notes: str) -> Table:
        """The table with more notes, each on its line."""
        return replace(self, columns=self.described, note="\n".join(filter(None, [self.note, *notes])))


def key_of(heading: str) -> str:
    """The key of a column with a heading: `% done` is percent_done."""
    return re.sub("[^a-z0-9]+", "_", heading.lower().replace("%", " percent ")).strip("_")
