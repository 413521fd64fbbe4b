"""End a process on a signal while it waits within a driver for a server.

Python handles a signal only when its main thread runs Python again. So a separate thread gets signals at once. It asks
the server to cancel the statement that the main thread waits for. If the server does not answer, or a second signal
comes, the thread ends the process; the next pass settles what is open, as after kill -9.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Mapping
from types import MappingProxyType

from prodcli.driver_waits import Wait, under_way
from prodcli.errors import Interrupted, Terminated

ENDS: Mapping[int, type[Interrupted] | type[Terminated]] = MappingProxyType(
    {signal.SIGINT: Interrupted, signal.SIGTERM: Terminated}
)
_SAME = 1.0  # seconds; what comes within them is one signal: timeout(1) and terminals may send it twice
_CANCEL = 1.0  # seconds that a statement may last after a signal before the server is asked to end it
_GRACE = 5.0  # seconds that a server may take after a signal for one answer
_LOOK = 0.1


def watch_signals() -> None:
    """Start the thread that gets signals; call this in the main thread."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(told, threading.get_ident()), name="signals", daemon=True).start()


def _watch(told: int, main: int) -> None:
    first, came = _next_signal(told, None)
    asked = False
    while True:
        again, _ = _next_signal(told, _LOOK)
        now = time.monotonic()
        if again and now - came > _SAME:
            _end(again, "at once")
        waits = under_way()
        if any(now - max(wait.since, came) > _GRACE for wait in waits.values()):
            _end(first, f"as a database has not answered for {_GRACE:.0f} s")
        wait = waits.get(main)
        if not asked and wait is not None and wait.since < came and now - came > _CANCEL:
            asked = True
            _cancel(wait)


def _cancel(wait: Wait) -> None:
    """Ask a server to cancel a statement, in a separate thread: the call waits if the server is silent."""
    if wait.cancel is not None:
        threading.Thread(target=wait.cancel, name="cancel", daemon=True).start()


def _next_signal(told: int, seconds: float | None) -> tuple[int, float]:
    """The next signal that asks for an end, and its time; 0 if none comes within some seconds."""
    while select.select([told], [], [], seconds)[0]:
        for sign in os.read(told, 100):
            if sign in ENDS:
                return sign, time.monotonic()
        if seconds is not None:
            break
    return 0, 0.0


def _end(sign: int, how: str) -> None:
    kind = ENDS[sign]
    os.write(2, f"prodcli: {kind.word} {how}; what is left open is settled by the next pass\n".encode())
    os._exit(kind.exit_code)
