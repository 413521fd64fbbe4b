"""No test waits for ever: after its limit it fails, and the stacks of all threads are shown.

The limit holds for set-up, call and tear-down of a test, each by itself. A test that needs longer says so by
`@pytest.mark.limit(seconds)`; benchmarks and tests marked `long` have an hour.
"""

import faulthandler
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

LIMIT = 120.0  # seconds; on two idle processors no test of `make test` needs a fifth
LONG_LIMIT = 3600.0
GRACE = 30.0  # seconds more for a test that does not even hear the signal, as in a driver that waits for a server


class TimeLimit:
    """The plugin; `stderr` is a file descriptor that pytest does not capture."""

    def __init__(self, stderr: int) -> None:
        self.stderr = stderr

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Limit the fixtures."""
        return (yield from self._limited(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Limit the test."""
        return (yield from self._limited(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Limit the end of the fixtures."""
        return (yield from self._limited(item))

    def _limited(self, item: pytest.Item) -> Iterator[None]:
        seconds = limit_of(item)
        # a thread of the interpreter's own writes the stacks and ends the process, whatever the main thread does
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=self.stderr)
        try:
            with limited(seconds):
                return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()


def time_limit() -> TimeLimit:
    """The plugin for the process at hand; stderr must not be captured yet."""
    return TimeLimit(os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2))


def limit_of(item: pytest.Item) -> float:
    """How many seconds each part of a test may take."""
    if mark := item.get_closest_marker("limit"):
        return float(mark.args[0])
    takes_its_time = item.get_closest_marker("long") or "bench" in item.path.parts
    return LONG_LIMIT if takes_its_time else LIMIT


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Fail with the stacks of all threads after so many seconds, whatever is waited for."""

    def too_long(_sign: int, _frame: FrameType | None) -> None:
        pytest.fail(f"not done in {seconds:g} s\n{stacks()}")

    before = signal.signal(signal.SIGALRM, too_long)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)  # None: not from Python
        signal.setitimer(signal.ITIMER_REAL, left)


def stacks() -> str:
    """The stacks of all threads but this one, whose stack a failure shows anyway."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    frames = sys._current_frames()
    return "\n".join(
        f"Stack of {thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in others
        if thread.ident in frames
    )
