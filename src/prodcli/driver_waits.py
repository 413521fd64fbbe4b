"""Calls into database drivers that are under way: Python handles no signal in a thread that waits there."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_under_way: dict[int, "Wait"] = {}  # by thread


@dataclass(frozen=True, slots=True)
class Wait:
    """A call: since when it waits, by the monotonic clock, and what asks the server to end it."""

    since: float
    cancel: Callable[[], object] | None


@contextmanager
def waiting(cancel: Callable[[], object] | None = None) -> Iterator[None]:
    """Say that this thread is within a driver."""
    thread = threading.get_ident()
    try:
        _under_way[thread] = Wait(time.monotonic(), cancel)
        yield
    finally:
        _under_way.pop(thread, None)


def under_way() -> dict[int, Wait]:
    """What every thread waits for."""
    return dict(_under_way)
