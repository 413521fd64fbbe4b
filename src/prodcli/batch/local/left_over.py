"""The lock that keeps runners of the local batch apart, and the processes that a killed runner leaves."""

import fcntl
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import getpid
from pathlib import Path
from typing import TextIO

from prodcli.batch.local.process import end_left_over
from prodcli.batch.local.queue_file import as_batch_errors, open_queue, transaction
from prodcli.errors import BatchError

_LOCK_TRIES, _LOCK_PAUSE = 50, 0.01

_LEFT_OVER = "SELECT pid, born FROM jobs WHERE pid IS NOT NULL"
_ENDING = "SELECT 1 FROM jobs WHERE status = 3 AND pid IS NOT NULL LIMIT 1"
_REQUEUE = "UPDATE jobs SET status = 1, since = max(since, ?), change = ? WHERE status = 2"
_FREE_LEFT_OVER = "UPDATE jobs SET pid = NULL, born = NULL WHERE pid IS NOT NULL"
_OLD_SCRATCH = "SELECT scratch FROM queue"
_NO_SCRATCH = "UPDATE queue SET scratch = NULL"


@contextmanager
def sole_runner(database: Path) -> Iterator[None]:
    """Be the only runner of a queue; raises BatchError if there is another runner."""
    with _lock_file(database) as file:
        if not _lock(file, _LOCK_TRIES):
            file.seek(0)
            raise BatchError(f"another runner works on this queue: pid {file.read().strip()}", where=str(database))
        yield


def end_without_runner(database: Path) -> None:
    """End the processes of removed jobs if no runner does; raises BatchError if they do not end.

    Other processes of the dead runner are ended, too, as by the next runner.
    """
    with as_batch_errors(database), closing(open_queue(database)) as connection:
        if connection.execute(_ENDING).fetchone() is None:
            return
        with _lock_file(database) as file:
            if _lock(file, 1):
                clear_left_over(connection)


def clear_left_over(connection: sqlite3.Connection) -> None:
    """End all processes of an earlier runner, and let its jobs be idle again; the caller holds the lock."""
    old = connection.execute(_OLD_SCRATCH).fetchone()["scratch"]
    end_left_over({row["pid"]: row["born"] for row in connection.execute(_LEFT_OVER)}, old)
    if old:
        shutil.rmtree(old, ignore_errors=True)
    with transaction(connection) as change:
        put_back(connection, change)
        connection.execute(_NO_SCRATCH)


def put_back(connection: sqlite3.Connection, change: int) -> None:
    """Book that no job has a process any more: running jobs are idle again."""
    connection.execute(_REQUEUE, (int(time.time()), change))
    connection.execute(_FREE_LEFT_OVER)


@contextmanager
def _lock_file(database: Path) -> Iterator[TextIO]:
    place = database.resolve()
    with place.with_name(place.name + ".runner.lock").open("a+") as file:
        yield file


def _lock(file: TextIO, tries: int) -> bool:
    """Try for a moment: a job that a dying runner was starting shares the lock until its program runs.

    Raises BatchError if the file system cannot lock, as two runners would start each job twice.
    """
    for _ in range(tries):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE)
        except OSError as failure:
            raise BatchError(
                f"the file system cannot lock the file: {failure.strerror}",
                where=file.name,
                todo="put batch.queue on a local disk",
            ) from None
        else:
            file.truncate(0)
            file.write(f"{getpid()}\n")
            file.flush()
            return True
    return False
