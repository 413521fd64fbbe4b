"""Questions to schedds that are asked in processes of their own; such a process imports this module."""

import os
import signal
import sys
import time

from prodcli.batch import Batch


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
