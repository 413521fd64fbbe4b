"""Show a table anew every so many seconds."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodcli.tables.table import Table

_SECONDS = 10  # between two looks, where nobody says another time
_TO_THE_TOP = "\x1b[H\x1b[2J\x1b[3J"  # clears a terminal


def watch(
    make: Callable[[], Table],
    show: Callable[[Table], None],
    seconds: int | None,
    until: Callable[[], bool] | None = None,
) -> None:
    """Make and show a table again and again, until a condition holds; without a condition Ctrl-C is a normal end.

    The condition is asked after each look. A terminal is cleared before each look.
    """

    def look() -> None:
        table = make()
        clear_terminal()
        show(table)

    look_again(look, seconds or _SECONDS, until)


def look_again(look: Callable[[], None], seconds: int, until: Callable[[], bool] | None = None) -> None:
    """Look again and again, until a condition holds; without a condition Ctrl-C is a normal end."""
    try:
        while True:
            look()
            sys.stdout.flush()
            if until is not None and until():
                return
            time.sleep(seconds)
    except KeyboardInterrupt:
        if until is not None:
            raise


def clear_terminal() -> None:
    """Clear the terminal, if stdout is one."""
    if sys.stdout.isatty():
        sys.stdout.write(_TO_THE_TOP)
