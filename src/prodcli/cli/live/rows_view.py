"""A table with a cursor that fills its part of the screen; its cells never count as markup."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from prodcli.tables.draw import headings_of
from prodcli.tables.fit import Fitted, fit
from prodcli.tables.screen import Screen
from prodcli.tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from prodcli.tables.fit import Field

_CURSOR, _HEADING, _SORTED = "reverse", "bold", "bold underline"


class RowsView(Widget, can_focus=True):
    """Shows the columns of a table for which there is room, and the rows around the cursor."""

    DEFAULT_CSS = "RowsView { height: 1fr; width: 1fr; }"
    BINDINGS = [
        ("up", "move(-1)"), ("down", "move(1)"), ("pageup", "page(-1)"), ("pagedown", "page(1)"),
        ("home", "move(-1000000)"), ("end", "move(1000000)"),
    ]  # fmt: skip

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, zone: tzinfo, plain: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._screen = Screen(0, zone=zone, plain=plain)
        self._table, self._note, self._sort = Table((), ()), "", ""
        self._fitted: tuple[int, Fitted] | None = None
        self._cursor = self._top = 0

    def show_table(self, table: Table, cursor: int = 0, note: str = "", sort: str = "") -> None:
        """Show a table with the cursor on a row; `note` stands in the place of rows if there are none."""
        self._screen = replace(self._screen, now=int(time.time()))
        self._table, self._note, self._sort, self._fitted = table, note, sort, None
        self._go(cursor)

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self._go(self._cursor + rows)
        self.post_message(self.Moved(self._cursor))

    def action_page(self, pages: int) -> None:
        """Move the cursor by some screens."""
        self.action_move(pages * max(1, self._room - 1))

    def _go(self, row: int) -> None:
        self._cursor = max(0, min(row, len(self._table.rows) - 1))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line: of the headings, or of the rows that there is room for."""
        fitted, width = self._fit(), self.size.width
        heading = self._heading(fitted)
        if y < len(heading):
            return heading[y].crop(0, width)
        self._top = self._in_sight()
        row = self._top + y - len(heading)
        if row >= len(self._table.rows):
            note = self._note if not self._table.rows and y == len(heading) else ""
            return Strip([Segment(note)]).crop(0, width)
        return self._row(fitted, row, width)

    @property
    def _room(self) -> int:
        """The number of rows that there is room for."""
        return max(1, self.size.height - len(self._heading(self._fit())))

    def _in_sight(self) -> int:
        """The first row to show, so that the cursor is seen."""
        top = min(self._top, self._cursor, max(0, len(self._table.rows) - self._room))
        return max(top, self._cursor - self._room + 1)

    def _fit(self) -> Fitted:
        width = self.size.width
        if self._fitted is None or self._fitted[0] != width:
            self._fitted = width, fit(self._table, replace(self._screen, width=width))
        return self._fitted[1]

    def _heading(self, fitted: Fitted) -> list[Strip]:
        folded = [text.split("\n") for text in headings_of(fitted)] if self._table.columns else []
        return [
            Strip(
                [
                    part
                    for one, width, lines in zip(fitted.beside, fitted.widths, folded, strict=True)
                    for part in _cell(lines[y], width, one.right, self._heading_style(one), fitted.gap)
                ]
            )
            for y in range(max(map(len, folded), default=0))
        ]

    def _heading_style(self, one: Field) -> Style:
        return Style.parse(_SORTED if one.column.key == self._sort else _HEADING)

    def _row(self, fitted: Fitted, row: int, width: int) -> Strip:
        chosen = row == self._cursor
        parts = [
            part
            for one, room in zip(fitted.beside, fitted.widths, strict=True)
            for part in _cell(one.cells[row], room, one.right, self._style(one, row), fitted.gap)
        ]
        line = Strip(parts).adjust_cell_length(width)
        return line.apply_style(Style.parse(_CURSOR)) if chosen else line

    def _style(self, one: Field, row: int) -> Style:
        value = one.values[row]
        known = self._table.marks.get(value, "") if isinstance(value, str) else ""
        return Style.parse(known or (one.column.style if value else "dim" if value == 0 else ""))


def _cell(text: str, width: int, right: bool, style: Style, gap: int) -> Sequence[Segment]:
    """A cell in its width, whatever its letters take on a screen, and the gap behind it."""
    length = cell_len(text)
    if length > width:
        text = set_cell_size(text, max(0, width - 1)) + "…"
    blank = " " * (width - length)
    whole = blank + text if right else text + blank
    return Segment(whole, style), Segment(" " * gap)
