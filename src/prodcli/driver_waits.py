"""Calls into database drivers under way: Python handles no signal in a thread that waits in a driver.

Long waits are told to people at a terminal, by a logger of their own.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WAITS = "prodcli.waits"  # the logger; its records are for terminals, no log file keeps them
_LONG = 3.0  # seconds
_under_way: dict[int, "Wait"] = {}  # by thread


@dataclass(frozen=True, slots=True)
class Wait:
    """A call: its begin, by the monotonic clock in seconds, and the function that cancels it."""

    since: float
    cancel: Callable[[], object] | None


@contextmanager
def waiting(cancel: Callable[[], object] | None = None) -> Iterator[None]:
    """Note that this thread is within a driver."""
    thread = threading.get_ident()
    try:
        _under_way[thread] = Wait(time.monotonic(), cancel)
        yield
    finally:
        _under_way.pop(thread, None)


def under_way() -> dict[int, Wait]:
    """The calls of all threads."""
    return dict(_under_way)


def tell(text: str) -> None:
    """Tell people at a terminal what the process waits for."""
    logging.getLogger(WAITS).warning("%s", text)


@contextmanager
def told_if_long(text: str) -> Iterator[None]:
    """Tell people at a terminal what the process waits for, if that takes seconds."""
    timer = threading.Timer(_LONG, tell, (text,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
