"""What the screen of `prodcli top` shows and does, apart from the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.cli.live.log_reader import LogQuestion
    from prodcli.jobs.log_files import FoundLines
    from prodcli.live.level_tables import Family
    from prodcli.live.place import Place
    from prodcli.live.snapshot import Snapshot
    from prodcli.recovery.recovery import Recovery


@dataclass(frozen=True)
class TopParts:
    """What the screen shows and does, without a terminal: how it reads the books and logs, and recovers jobs."""

    title: str
    look: Callable[[Place], Snapshot]
    read_log: Callable[[LogQuestion], FoundLines]
    recovery: Callable[[], Recovery]
    author: Author
    max_memory: int | None
    family: Family = str
    every: float = 5.0
    zone: tzinfo = UTC
    plain: bool = False
