"""The way from all campaigns to the place that is looked at, and how the rows of each stop are chosen and sorted.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prodcli.live.level_tables import Family, LevelTable, level_table
from prodcli.live.place import Place
from prodcli.live.snapshot import Snapshot
from prodcli.tables.table import Kind

_UPWARD = (Kind.TEXT, Kind.PATH, Kind.DETAIL)  # sorted from A to Z at first; numbers the largest first


@dataclass(frozen=True)
class Stop:
    """A place with the last that was seen of it, the words that its rows have, their order, and the row of the cursor."""

    place: Place
    seen: Snapshot | None = None
    text: str = ""
    sort: str = ""
    descending: bool = False
    every: bool = False
    cursor: Place | None = None
    number: int = 0

    def rows(self, family: Family) -> LevelTable | None:
        """The chosen rows in their order; None before anything was seen."""
        if self.seen is None:
            return None
        table = level_table(self.seen, family)
        return (table if self.every else table.open_only()).filtered(self.text).sorted(self.sort, self.descending)

    def at(self, rows: LevelTable, number: int) -> Stop:
        """The stop with its cursor on a row."""
        number = max(0, min(number, len(rows.places) - 1))
        return replace(self, number=number, cursor=rows.places[number] if rows.places else None)

    def kept(self, rows: LevelTable) -> Stop:
        """The stop with its cursor on the same place as before; on the same row if that place is gone."""
        keys = [place.key for place in rows.places]
        same = keys.index(self.cursor.key) if self.cursor is not None and self.cursor.key in keys else self.number
        return self.at(rows, same)

    def sorted_by(self, rows: LevelTable, step: int) -> Stop:
        """The stop sorted by the next column, or with -1 by the one before."""
        keys = ["", *rows.table.keys]
        key = keys[(keys.index(self.sort) + step) % len(keys)] if self.sort in keys else ""
        kinds = {column.key: column.kind for column in rows.table.columns}
        cells = [row[rows.table.keys.index(key)] for row in rows.table.rows] if key else []
        words = any(isinstance(cell, str) for cell in cells)
        return replace(self, sort=key, descending=bool(key) and kinds[key] not in _UPWARD and not words)
