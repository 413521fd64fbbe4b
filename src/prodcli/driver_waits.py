"""Calls into database drivers under way: Python handles no signal in a thread that waits in a driver."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
