"""Write tables for people: Rich tables on a terminal, with a pager if they are longer than the screen; plain elsewhere.

Data never counts as markup.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prodcli.tables.draw import announced, below_row, draw, foot, head, headings_of
from prodcli.tables.fit import fit
from prodcli.tables.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from rich.table import Table as RichTable

    from prodcli.tables.fit import Field, Fitted
    from prodcli.tables.table import Table

ANNOUNCED = "bold yellow"


def show_announced(texts: Sequence[str]) -> None:
    """Write what everybody should know to stdout, above a page that is no table."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=terminal_width() or 10_000, highlight=False)
    for line in announced(texts, terminal_width()):
        console.print(Text(line, style=ANNOUNCED), soft_wrap=True)


def show_table(table: Table, zone: tzinfo, every: bool = False, pager: bool = False, one_screen: bool = False) -> None:
    """Write a table to stdout; with `one_screen` a terminal shows as many rows as it has room for."""
    screen = screen_of(zone)
    if screen.width is None:
        sys.stdout.writelines(line + "\n" for line in draw(table, screen))
        return
    from shutil import get_terminal_size  # slow to load

    text = rendered(table, screen, every)
    height = get_terminal_size().lines
    too_many = text.count("\n") + 1 - height
    if one_screen and too_many > 0:
        text = rendered(replace(table, most=max(1, len(table.rows) - too_many - 1)), screen)
    if not (pager and sys.stdin.isatty() and text.count("\n") >= height and _paged(text)):
        sys.stdout.write(text)


def rendered(table: Table, screen: Screen, every: bool = False) -> str:
    """A table as a terminal gets it, with the colours that the terminal and NO_COLOR allow.

    A long list is its first rows, unless every row is wanted.
    """
    from rich.console import Console
    from rich.text import Text

    hidden = 0 if every or table.most is None else max(0, len(table.rows) - table.most)
    table = replace(table, rows=table.rows[: len(table.rows) - hidden])
    fitted = fit(table, screen)
    # a name that is wider than the terminal is whole; Rich believes COLUMNS=0, and then shows nothing
    console = Console(width=max(screen.width or 0, sum(fitted.widths) + fitted.gap * len(fitted.widths), 1))
    with console.capture() as captured:
        for line in announced(table.announced, screen.width):
            console.print(Text(line, style=ANNOUNCED), soft_wrap=True)
        for line in head(table, fitted, screen):
            console.print(Text(line), soft_wrap=True)
        for piece in _pieces(table, fitted, screen):
            console.print(piece, soft_wrap=isinstance(piece, Text))
        for line in foot(table, fitted, screen, hidden):
            console.print(Text(line), soft_wrap=True)
    return captured.get()


def screen_of(zone: tzinfo) -> Screen:
    """The screen of this process; without a width where stdout is no terminal."""
    # Python takes LC_ALL=C for UTF-8, the terminal may not
    plain = os.environ.get("LC_ALL") in ("C", "POSIX") or not (sys.stdout.encoding or "").lower().startswith("utf")
    return Screen(int(time.time()), terminal_width(), zone, plain)


def terminal_width() -> int | None:
    """The columns of the terminal; None where stdout is none."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _pieces(table: Table, fitted: Fitted, screen: Screen) -> Iterator[Any]:
    """Rich tables of the same widths, the first with headings, and between them the lines that stand alone."""
    from rich.text import Text

    if not table.rows and table.note:
        return
    grid = _grid(fitted, headings=True)
    for i in range(len(table.rows)):
        grid.add_row(*(Text(one.cells[i], style=_style(one, i, table)) for one in fitted.beside))
        alone = [one for one in fitted.below if one.cells[i] and not _is_said(one.cells[i], i, fitted)]
        if alone:
            yield grid
            for one in alone:
                yield from (Text(line, style=_style(one, i, table)) for line in below_row(one, i, screen.width))
            grid = _grid(fitted)
    if table.total:
        grid.add_row(*(Text(one.cells[-1], style="bold") for one in fitted.beside))
    if grid.row_count or not table.rows:
        yield grid


def _is_said(name: str, row: int, fitted: Fitted) -> bool:
    """True for a file name that ends a path of the row."""
    return any(one.cells[row].endswith(f"/{name}") for one in fitted.below)


def _grid(fitted: Fitted, headings: bool = False) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable(box=None, show_header=headings, pad_edge=False, padding=(0, fitted.gap, 0, 0))
    for one, width, heading in zip(fitted.beside, fitted.widths, headings_of(fitted), strict=True):
        justify: Any = "right" if one.right else "left"
        grid.add_column(Text(heading), justify=justify, width=width, overflow="fold")
    return grid


def _style(one: Field, row: int, table: Table) -> str:
    value = one.values[row]
    if isinstance(value, str) and value in table.marks:
        return table.marks[value]
    return one.column.style if value else ("dim" if value == 0 else "")


def _paged(text: str) -> bool:
    """Show a text with the pager; false if there is none."""
    import shlex
    import subprocess
    from shutil import which

    words = shlex.split(os.environ.get("PAGER") or "less")
    if not words or which(words[0]) is None or os.environ.get("TERM") == "dumb":
        return False
    sys.stdout.flush()
    # quit if all fits, keep colours, leave the text on the screen
    shown = subprocess.Popen(words, stdin=subprocess.PIPE, env={"LESS": "FRX", **os.environ})
    with suppress(BrokenPipeError, KeyboardInterrupt):
        shown.communicate(text.encode(sys.stdout.encoding or "utf-8", "replace"))
    shown.wait()
    return True
