"""A table of results: columns that know what their cells are, rows of plain values, and the words around them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

Cell = str | int | float | None


class Kind(StrEnum):
    """What the cells of a column are; every cell is a plain value, or None."""

    TEXT = "text"
    TREE = "tree"  # a name; the blanks before it say how deep it stands
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
    the `hints`, which say what to type next, stand below. `announced` is what everybody should know, above all else. A
    terminal shows at most the first `most` rows. Data formats have columns and rows alone.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    total: Sequence[Cell] | None = None
    note: str = ""
    as_of: str = ""
    hints: Sequence[str] = ()
    most: int | None = None
    announced: Sequence[str] = ()

    @property
    def keys(self) -> list[str]:
        """The keys of the columns."""
        return [one.key for one in self.columns]

    def stamped(self, as_of: str) -> Table:
        """The table with the time as of which it is true."""
        return replace(self, as_of=as_of)

    def hinted(self, *hints: str) -> Table:
        """The table with more that may be typed next."""
        return replace(self, hints=(*self.hints, *hints))

    def noted(self, *notes: str) -> Table:
        """The table with more notes, each on its line."""
        return replace(self, note="\n".join(filter(None, [self.note, *notes])))
