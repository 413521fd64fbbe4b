"""The progress of a long step, on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.progress import Advance


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
