"""`prodcli top` without a terminal: its screen as lines of text, and waiting for what it shows."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from prodcli.books.actions import Author
from prodcli.books.claimant import myself
from prodcli.cli.live.log_reader import LogReader
from prodcli.cli.live.top_app import TopApp
from prodcli.cli.live.top_parts import TopParts
from prodcli.db import Database
from prodcli.live.books_reader import BooksReader
from prodcli.recovery.recovery import Recovery
from tests.support.recovery_services import recovery_of
from tests.support.workspace import Workspace

_PATIENCE = 20  # seconds
Play = Callable[[Pilot[Any]], Coroutine[Any, Any, None]]


def top_of(workspace: Workspace, books: Callable[[], Database] | None = None, text: str = "", **parts: Any) -> TopApp:
    """The screen of a workspace, with the campaigns that have a text."""
    opened: list[Recovery] = []

    def recovery() -> Recovery:
        opened.append(recovery_of(str(workspace.file), str(workspace.folder)))
        return opened[-1]

    reader = BooksReader(books or workspace.database)
    author = Author("tester", myself(), "top")
    known: dict[str, Any] = {
        "look": reader.read,
        "every": 0.2,
        "read_log": LogReader((), lambda *_: None),
        "recovery": recovery,
    }
    return TopApp(TopParts("prodcli top", author=author, max_memory=None, **{**known, **parts}), text)


def play(app: TopApp, course: Play, size: tuple[int, int] = (80, 24)) -> None:
    """Type on the screen, as a course says."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await course(pilot)

    asyncio.run(run())


def lines(pilot: Pilot[Any]) -> list[str]:
    """What the screen shows."""
    strips = pilot.app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


async def until(pilot: Pilot[Any], holds: Callable[[str], bool] | str) -> str:
    """Wait until the screen shows a text, or something else holds for what it shows; returns that."""
    end = time.monotonic() + _PATIENCE
    while True:
        await pilot.pause(0.02)
        shown = "\n".join(lines(pilot))
        if (holds in shown) if isinstance(holds, str) else holds(shown):
            return shown
        assert time.monotonic() < end and pilot.app.is_running, shown


def write_log(folder: Path, data: bytes) -> Path:
    """A log file of a job."""
    file = folder / "job.out"
    with suppress(FileExistsError):
        folder.mkdir(parents=True)
    file.write_bytes(data)
    return file
