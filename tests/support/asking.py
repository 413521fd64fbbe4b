"""Questions to schedds that are asked in processes of their own; such a process imports this module."""

import os
import signal
import sys
import time

from prodcli.batch import Batch, Changes
from prodcli.batch.htcondor_client import Session


def loaded(batch: Batch) -> list[str]:
    """What could open a database, and is loaded after a schedd was read."""
    batch.changes(batch.schedds()[0], "")
    return [name for name in sys.modules if name.startswith(("prodcli.db", "pyodbc", "sqlite3", "prodcli.cli"))]


def stuck(seconds: float, batch: Batch) -> float:
    """A schedd that answers late."""
    time.sleep(seconds)
    return seconds


def dies(batch: Batch) -> float:
    """A process that is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def stopped_in_between(process: int, schedd: str, batch: Batch) -> Changes:
    """What changed, from a schedd that is stopped after it was asked for its queue and before it is for its history."""
    real = Session.last_left

    def last_left(self: Session) -> tuple[str, ...]:
        os.kill(process, signal.SIGSTOP)
        return real(self)

    Session.last_left = last_left  # type: ignore[method-assign]
    return batch.changes(schedd, "")
