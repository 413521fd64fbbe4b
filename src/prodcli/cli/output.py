"""Show results: Rich tables on a terminal, plain aligned text elsewhere, JSON and CSV anywhere.

The only module that imports Rich. Data never counts as markup.
"""

from __future__ import annotations

import csv
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodcli.progress import Advance

Cell = str | int | float | None


@dataclass
class Table:
    """A result: columns, rows of plain values, and emphasis.

    `styles` gives a column's colour for cells that are not zero or empty, `marks` the colour of a word. `total` stands
    below the rows. On a narrow terminal `narrow` columns are left out while they are all zero or empty, and `shared`
    columns move into the title while all rows say the same.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    styles: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    total: Sequence[Cell] | None = None
    narrow: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    note: str = ""


def show(table: Table, style: str) -> None:
    """Write a table to stdout as `table`, `json` or `csv`, without secrets; data formats have no total."""
    table = _without_secrets(table)
    if style == "json":
        sys.stdout.write(
            json.dumps([dict(zip(table.columns, row, strict=True)) for row in table.rows], indent=1) + "\n"
        )
    elif style == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(["" if cell is None else cell for cell in row] for row in table.rows)
    elif sys.stdout.isatty():
        _rich(table)
    else:
        _plain(table)


def _without_secrets(table: Table) -> Table:
    from prodcli.secrets import hide_secrets

    rows = [[hide_secrets(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows]
    return replace(table, rows=rows, title=hide_secrets(table.title), note=hide_secrets(table.note))


@contextmanager
def progress_bar(text: str, total: int) -> Iterator[Advance]:
    """Show a step that takes longer than a second; yields the function that takes the progress.

    With a total the remaining time is estimated.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    def advance(done: int, text: str = "") -> None:
        progress.update(task, advance=done, description=text or None)

    counted = (BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn()) if total else ()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task(text, total=total or None)
    timer = threading.Timer(1.0, progress.start)
    timer.start()
    try:
        yield advance
    finally:
        timer.cancel()
        timer.join()
        if progress.live.is_started:
            progress.stop()


def text_of(cell: Cell) -> str:
    """A cell for people: one line, thousands apart, one decimal, empty for None."""
    from prodcli.errors import one_line

    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell) if isinstance(cell, int) else one_line(cell)


def _plain(table: Table) -> None:
    rows = [[text_of(cell) for cell in row] for row in (*table.rows, *([table.total] if table.total else []))]
    widths = [max(len(line[i]) for line in [list(table.columns), *rows]) for i in range(len(table.columns))]
    numeric = _numeric(table)
    if table.title:
        sys.stdout.write(table.title + "\n")
    for line in [list(table.columns), *rows]:
        cells = (
            text.rjust(w) if right else text.ljust(w) for text, w, right in zip(line, widths, numeric, strict=True)
        )
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    if table.note:
        sys.stdout.write(table.note + "\n")


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
    for i, name in enumerate(fitted.columns):
        footer = text_of(fitted.total[i]) if fitted.total else ""
        justify: Any = "right" if numeric[i] else "left"
        least = _least_width(fitted, i, footer) if numeric[i] or not i else None
        rich.add_column(Text(name), Text(footer), justify=justify, overflow="fold", min_width=least)
    for row in fitted.rows:
        rich.add_row(*(Text(text_of(cell), style=_style(fitted, i, cell)) for i, cell in enumerate(row)))
    console.print(rich)
    if fitted.note:
        console.print(Text(fitted.note))


def _least_width(table: Table, column: int, footer: str) -> int:
    """The longest word of a column, up to twenty letters: numbers are never cut off, and the name of a row is seen."""
    words = [word for row in table.rows for word in text_of(row[column]).split()]
    return min(20, max(len(footer), *map(len, words), 1))


def _fitted(table: Table, width: int) -> Table:
    """The table itself if it fits a terminal's width, else without columns that are empty or the same in all rows."""
    if _natural_width(table) <= width or not table.rows:
        return table
    first = table.rows[0]
    same = [all(row[i] == first[i] for row in table.rows) for i in range(len(table.columns))]
    silent = [name in table.narrow and same[i] and not first[i] for i, name in enumerate(table.columns)]
    shared = [name in table.shared and same[i] for i, name in enumerate(table.columns)]
    kept = [i for i in range(len(table.columns)) if not silent[i] and not shared[i]]
    said = [text_of(first[i]) for i, moved in enumerate(shared) if moved]
    none = [name for i, name in enumerate(table.columns) if silent[i]]
    return replace(
        table,
        columns=[table.columns[i] for i in kept],
        rows=[[row[i] for i in kept] for row in table.rows],
        title=" ".join(filter(None, [table.title, *said])),
        total=[table.total[0], *(table.total[i] for i in kept[1:])] if table.total else None,
        note="\n".join(filter(None, [f"none: {', '.join(none)}" if none else "", table.note])),
    )


def _style(table: Table, column: int, cell: Any) -> str:
    if isinstance(cell, str) and cell in table.marks:
        return table.marks[cell]
    return table.styles.get(table.columns[column], "") if cell else ("dim" if cell == 0 else "")


def _numeric(table: Table) -> list[bool]:
    return [
        bool(table.rows) and all(isinstance(row[i], int | float) or row[i] is None for row in table.rows)
        for i in range(len(table.columns))
    ]


def _natural_width(table: Table) -> int:
    rows = [[text_of(cell) for cell in row] for row in table.rows]
    return sum(max([len(name), *(len(row[i]) for row in rows)]) + 1 for i, name in enumerate(table.columns))
