"""The one schedd of the local batch, and writing to its queue."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from prodcli.batch.local.queue_file import as_batch_errors, open_queue, transaction
from prodcli.errors import BatchError

SCHEDD = "local"


class LocalSchedd:
    """One schedd, `local`, whose queue is a file."""

    def __init__(self, database: Path) -> None:
        self.database = database

    def schedds(self) -> list[str]:
        """The only schedd."""
        return [SCHEDD]

    @contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        with as_batch_errors(self.database), closing(open_queue(self.database)) as connection:
            with transaction(connection) as change:
                yield connection, change


def require_local(schedd: str) -> None:
    """Raise BatchError for any schedd but that of the local batch."""
    if schedd != SCHEDD:
        raise BatchError(f"the local batch has one schedd, {SCHEDD}, not {schedd}")


def now() -> int:
    return int(time.time())
