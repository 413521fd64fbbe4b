"""A pass as a child process: a loop keeps no memory of planning, and a pass that hangs or crashes takes no loop along.

The child has a session of its own, so that Ctrl-C of the terminal does not reach it. The end of its stdin, as when the loop
dies, asks it to end at its next step.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

_MOST = 1 << 20  # bytes of a line; what is longer is no line of ours


class PassProcess:
    """A pass that runs; `fileno` is its pipe, which has lines to read."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._rest = b""
        self._open = True
        os.set_blocking(self.fileno(), False)

    def fileno(self) -> int:
        """The pipe of its output."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        return self._process.stdout.fileno()

    @property
    def open(self) -> bool:
        """True while more output may come."""
        return self._open

    def lines(self) -> list[str]:
        """The lines that have come since."""
        data = b""
        with suppress(BlockingIOError):
            while self._open:
                piece = os.read(self.fileno(), 65_536)
                data += piece
                self._open = bool(piece)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-_MOST:]
        return [line.decode("utf-8", "replace") for line in whole]

    def end(self) -> None:
        """Ask the pass to end at its next step."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()

    def terminate(self) -> None:
        """Ask the pass to end now; jobs that a schedd has been given are booked first."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the pass, and all that it started, at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, sign: int) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)

    def ended(self) -> int | None:
        """The exit code of a pass that has ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def close(self) -> None:
        """Close the pipes of a pass that has ended."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()
