"""The terminal of a loop: its screen or its lines, signals and keys."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prodcli.driver_waits import WAITS
from prodcli.loops.loop import Ask
from prodcli.loops.loop_view import LoopView, changes, screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from types import FrameType

    from prodcli.loops.pass_process import PassProcess

log = logging.getLogger("prodcli.loop")
_ASKS = {signal.SIGINT: Ask.INTERRUPT, signal.SIGTERM: Ask.TERMINATE, signal.SIGHUP: Ask.TERMINATE}
_KEYS = {"r": Ask.RESUME, "+": Ask.MORE}


class LoopTerminal:
    """Shows a loop: on a terminal as a screen that is drawn anew, elsewhere as lines about what is new.

    A context, in which signals and keys become requests.
    """

    def __init__(self, name: str, zone: tzinfo, lines: bool = False) -> None:
        self._zone = zone
        self._shown = LoopView(name, "starting")
        self._asked: list[Ask] = []
        self._woken, self._wake = os.pipe()
        self._waker = -1
        self._handlers: dict[signal.Signals, Any] = {}
        self._keys: list[Any] | None = None  # the settings of the terminal before
        self._live: Any = None
        self._plain = lines or not sys.stdout.isatty()

    def __enter__(self) -> LoopTerminal:
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        # a loop hears signals itself: the second one must not end the process
        self._waker = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._handlers = {sign: signal.signal(sign, self._signalled) for sign in _ASKS}
        logging.getLogger(WAITS).disabled = True
        if not self._plain:
            self._open_screen()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        if self._keys is not None:
            import termios

            termios.tcsetattr(0, termios.TCSADRAIN, self._keys)
        for sign, handler in self._handlers.items():
            signal.signal(sign, handler)
        signal.set_wakeup_fd(self._waker)

    def _signalled(self, sign: int, _frame: FrameType | None) -> None:
        self._asked.append(_ASKS[signal.Signals(sign)])

    def _open_screen(self) -> None:
        from rich.console import Console
        from rich.live import Live

        for handler in logging.getLogger("prodcli").handlers:
            if type(handler) is logging.StreamHandler:
                handler.setLevel(logging.CRITICAL + 1)  # the log file has it
        self._live = Live(console=Console(), auto_refresh=False, screen=True)
        self._live.start()
        with suppress(OSError):
            if sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp():
                import termios
                import tty

                self._keys = termios.tcgetattr(0)
                tty.setcbreak(0)

    def wake(self) -> None:
        """End a wait, from another thread."""
        with suppress(OSError):
            os.write(self._wake, b"\0")

    def wait(self, running: PassProcess | None, seconds: float) -> list[Ask]:
        """Wait for output of a pass, a signal, a key, or so many seconds; returns what is asked."""
        sources: list[Any] = [self._woken, *([running] if running is not None and running.open else [])]
        sources += [0] if self._keys is not None else []
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._woken in ready:
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)
        asked, self._asked = self._asked, []
        return [*asked, *(self._typed() if 0 in ready else ())]

    def _typed(self) -> Iterator[Ask]:
        try:
            keys = os.read(0, 100).decode(errors="replace")
        except OSError:
            keys = ""
        if not keys:
            self._keys = None  # the terminal is gone
        yield from (_KEYS[key] for key in keys if key in _KEYS)

    def show(self, view: LoopView) -> None:
        """Show what the loop does."""
        now = int(time.time())
        for line in changes(self._shown, view):
            log.info("%s", line)
            if self._plain:
                sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}  {line}\n")
                sys.stdout.flush()
        self._shown = view
        if self._live is not None:
            self._draw(view, now)

    def _draw(self, view: LoopView, now: int) -> None:
        from rich.text import Text

        width, height = self._live.console.size
        lines = screen(view, now, width, height, self._zone)
        self._live.update(Text("\n").join(Text(text, style) for text, style in lines), refresh=True)
