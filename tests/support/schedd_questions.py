"""Questions to schedds that are asked in processes of their own; such a process imports this module."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from prodcli.batch import Batch, Changes, whole
from prodcli.batch.htcondor.client import ScheddSession
from prodcli.errors import BatchError


def loaded(batch: Batch) -> list[str]:
    """What could open a database, and is loaded after a schedd was read."""
    whole(batch.changes(batch.schedds()[0], ""))
    return [name for name in sys.modules if name.startswith(("prodcli.db", "pyodbc", "sqlite3", "prodcli.cli"))]


def stuck(seconds: float, batch: Batch) -> float:
    """A schedd that answers late."""
    time.sleep(seconds)
    return seconds


def in_two(file: Path, batch: Batch) -> Iterator[int]:
    """A schedd that tells the second part when a file is there."""
    yield 1
    while not file.exists():
        time.sleep(0.05)
    yield 2


def fails_later(batch: Batch) -> Iterator[int]:
    """A schedd that is gone after the first part."""
    yield 1
    raise BatchError("gone")


def file_is_gone(batch: Batch) -> Iterator[int]:
    """A schedd whose history cannot be read on."""
    yield 1
    raise OSError(116, "Stale file handle", "/spool/history")


def dies_later(batch: Batch) -> Iterator[float]:
    """A process that is killed after the first part."""
    yield 1
    yield dies(batch)


def dies(batch: Batch) -> float:
    """A process that is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def stopped_in_between(process: int, schedd: str, batch: Batch) -> Changes:
    """What changed, from a schedd that is stopped after it was asked for its queue and before it is for its history."""
    real = ScheddSession.last_left

    def last_left(self: ScheddSession) -> tuple[str, ...]:
        os.kill(process, signal.SIGSTOP)
        return real(self)

    ScheddSession.last_left = last_left  # type: ignore[method-assign]
    return whole(batch.changes(schedd, ""))
