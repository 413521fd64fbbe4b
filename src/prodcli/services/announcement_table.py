"""The table of announcements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.services.announcements import Announcement


def announcement_table(found: Sequence[Announcement]) -> Table:
    """The announcements that stand, with their numbers."""
    rows: list[list[Cell]] = [[one.id, one.text, one.author, one.made, one.until] for one in found]
    columns = (
        *(Column("id"), Column("text", kind=Kind.DETAIL), Column("author", level=1)),
        *(Column("made", kind=Kind.AGO, level=1), Column("until", kind=Kind.AGO, drop_empty=True)),
    )
    return Table(columns, rows, note="" if rows else "nothing is announced")
