"""Show tables to people: Rich tables on a terminal, plain aligned text elsewhere.

Data never counts as markup.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodcli.tables.table import Cell, Table


def show_table(table: Table) -> None:
    """Write a table to stdout."""
    if sys.stdout.isatty():
        _rich(table)
    else:
        _plain(table)


def text_of(cell: Cell) -> str:
    """A cell for people: one line, one decimal, empty for None."""
    from prodcli.errors import one_line

    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell) if isinstance(cell, int) else one_line(cell)


def _headings(table: Table) -> list[str]:
    return [one.heading for one in table.described]


def _plain(table: Table) -> None:
    rows = [[text_of(cell) for cell in row] for row in (*table.rows, *([table.total] if table.total else []))]
    headings = _headings(table)
    widths = [max(len(line[i]) for line in [headings, *rows]) for i in range(len(headings))]
    numeric = _numeric(table)
    if table.title:
        sys.stdout.write(table.title + "\n")
    for line in [headings, *rows]:
        cells = (
            text.rjust(w) if right else text.ljust(w) for text, w, right in zip(line, widths, numeric, strict=True)
        )
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    for text in filter(None, (table.note, *table.hints)):
        sys.stdout.write(text + "\n")


def _rich(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    # Rich believes COLUMNS=0, and then shows nothing
    console = Console(width=get_terminal_size().columns)
    fitted = _fitted(table, console.width)
    numeric = _numeric(fitted)
    rich = RichTable(
        title=Text(fitted.title) if fitted.title else None,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        show_footer=fitted.total is not None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for i, name in enumerate(_headings(fitted)):
        footer = text_of(fitted.total[i]) if fitted.total else ""
        justify: Any = "right" if numeric[i] else "left"
        least = _least_width(fitted, i, footer) if numeric[i] or not i else None
        rich.add_column(Text(name), Text(footer), justify=justify, overflow="fold", min_width=least)
    for row in fitted.rows:
        rich.add_row(*(Text(text_of(cell), style=_style(fitted, i, cell)) for i, cell in enumerate(row)))
    console.print(rich)
    for text in filter(None, (fitted.note, *fitted.hints)):
        console.print(Text(text))


def _least_width(table: Table, column: int, footer: str) -> int:
    """The longest word of a column, up to twenty letters: numbers are never cut off, and the name of a row is seen."""
    words = [word for row in table.rows for word in text_of(row[column]).split()]
    return min(20, max(len(footer), *map(len, words), 1))


def _fitted(table: Table, width: int) -> Table:
    """The table itself if it fits a terminal's width, else without columns that are empty or the same in all rows."""
    if _natural_width(table) <= width or not table.rows:
        return table
    first = table.rows[0]
    same = [all(row[i] == first[i] for row in table.rows) for i in range(len(table.described))]
    silent = [one.drop_empty and same[i] and not first[i] for i, one in enumerate(table.described)]
    shared = [one.shared and same[i] for i, one in enumerate(table.described)]
    kept = [i for i in range(len(table.described)) if not silent[i] and not shared[i]]
    said = [text_of(first[i]) for i, moved in enumerate(shared) if moved]
    none = [one.heading for i, one in enumerate(table.described) if silent[i]]
    return replace(
        table,
        columns=[table.described[i] for i in kept],
        rows=[[row[i] for i in kept] for row in table.rows],
        title=" ".join(filter(None, [table.title, *said])),
        total=[table.total[0], *(table.total[i] for i in kept[1:])] if table.total else None,
        note="\n".join(filter(None, [f"none: {', '.join(none)}" if none else "", table.note])),
    )


def _style(table: Table, column: int, cell: Any) -> str:
    if isinstance(cell, str) and cell in table.marks:
        return table.marks[cell]
    return table.described[column].style if cell else ("dim" if cell == 0 else "")


def _numeric(table: Table) -> list[bool]:
    return [
        bool(table.rows) and all(isinstance(row[i], int | float) or row[i] is None for row in table.rows)
        for i in range(len(table.described))
    ]


def _natural_width(table: Table) -> int:
    rows = [[text_of(cell) for cell in row] for row in table.rows]
    return sum(max([len(name), *(len(row[i]) for row in rows)]) + 1 for i, name in enumerate(_headings(table)))
