"""Write tables for people: in colour on a terminal, with a pager if they are longer than the screen; plain elsewhere.

Data never counts as markup.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from shutil import get_terminal_size, which
from typing import TYPE_CHECKING

from prodcli.tables.draw import draw
from prodcli.tables.screen import Screen

if TYPE_CHECKING:
    from datetime import tzinfo

    from prodcli.tables.draw import Line
    from prodcli.tables.table import Table


def show_table(table: Table, zone: tzinfo, every: bool = False, pager: bool = False, one_screen: bool = False) -> None:
    """Write a table to stdout; with `one_screen` a terminal shows as many rows as it has room for."""
    screen = _screen(zone)
    lines = draw(table, screen, every)
    too_many = len(lines) + 1 - get_terminal_size().lines
    if one_screen and too_many > 0:
        lines = draw(replace(table, columns=table.described, most=max(1, len(table.rows) - too_many - 1)), screen)
    if screen.width is None:
        sys.stdout.writelines("".join(text for text, _ in line) + "\n" for line in lines)
        return
    text = _coloured(lines)
    if not (pager and sys.stdin.isatty() and len(lines) >= get_terminal_size().lines and _paged(text)):
        sys.stdout.write(text)


def _screen(zone: tzinfo) -> Screen:
    # Python takes LC_ALL=C for UTF-8, the terminal may not
    plain = os.environ.get("LC_ALL") in ("C", "POSIX") or not (sys.stdout.encoding or "").lower().startswith("utf")
    return Screen(int(time.time()), terminal_width(), zone, plain)


def terminal_width() -> int | None:
    """The columns of the terminal; None where stdout is none."""
    return get_terminal_size().columns if sys.stdout.isatty() else None


def _coloured(lines: list[Line]) -> str:
    """The lines with the escape sequences that the terminal and NO_COLOR allow."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=get_terminal_size().columns)  # Rich believes COLUMNS=0, and then shows nothing
    with console.capture() as captured:
        for line in lines:
            console.print(Text.assemble(*line), soft_wrap=True, highlight=False)
    return captured.get()


def _paged(text: str) -> bool:
    """Show a text with the pager; false if there is none."""
    import shlex
    import subprocess

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
