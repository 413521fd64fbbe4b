"""Running the commands of a site: for a limited time, with a limited output, and whatever they start ends with them."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MOST = 65_536  # bytes of output
_PATIENCE = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended (None: it did not end in time), and the beginning of what it wrote."""

    code: int | None
    text: str


def run_command(words: Sequence[str], folder: str, patience: float = _PATIENCE) -> Answer:
    """Run a command in a session of its own; a command that cannot be started has exit code 127.

    A relative path of a program counts from the folder.
    """
    program = str(Path(folder) / words[0]) if "/" in words[0] else words[0]
    with tempfile.TemporaryFile() as output:
        try:
            running = subprocess.Popen(
                [program, *words[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as failure:
            return Answer(127, f"{program}: {failure.strerror}")
        try:
            code: int | None = running.wait(patience)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        output.seek(0)
        return Answer(code, output.read(_MOST).decode(errors="replace"))
