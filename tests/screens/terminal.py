"""What a command shows on a terminal of some size, in a pipe, and in a C locale."""

import errno
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prodcli.__main__ import main

_PASSING = re.compile(
    r"\x1b\[\?25l.*?\x1b\[\?25h(?:\x1b\[1A\x1b\[2K)?", re.DOTALL
)  # a progress bar, drawn and taken away
_COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\][^\x1b]*\x1b\\")
_OURS = frozenset({"HOME", "PATH", "LD_PRELOAD", "TMPDIR"})  # what a command keeps of the environment


@dataclass(frozen=True)
class Face:
    """A place where people read: `columns` and `lines` of a terminal, or no terminal."""

    name: str
    columns: int = 0
    lines: int = 0
    environment: dict[str, str] = field(default_factory=dict)


UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "LOGNAME": "anna", "USER": "anna", "PAGER": "cat"}
FACES = (
    Face("80x24", 80, 24, UTF8),
    Face("100x30", 100, 30, UTF8),
    Face("200x50", 200, 50, UTF8),
    Face("piped", environment=UTF8),
    Face("C locale", 80, 24, UTF8 | {"LC_ALL": "C"}),
)


def captured(words: Sequence[str], folder: Path, face: Face, typed: str = "") -> str:
    """The screen of a command without colours; `typed` answers its questions."""
    lines = _COLOURS.sub("", coloured(words, folder, face, typed)).splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def coloured(words: Sequence[str], folder: Path, face: Face, typed: str = "") -> str:
    """The screen of a command with its colours, stdout and stderr as they come."""
    reading, child = _terminal(face) if face.columns else _pipe()
    if child == 0:
        _run(words, folder, face)
    if typed:
        os.write(reading, typed.encode())
    text = _all_of(reading).decode("utf-8", "backslashreplace").replace("\r", "")
    os.close(reading)
    os.waitpid(child, 0)
    return _PASSING.sub("", text)


def _terminal(face: Face) -> tuple[int, int]:
    """A process at a new terminal: what it writes, and its id, 0 in itself."""
    child, screen = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", face.lines, face.columns, 0, 0))
    return screen, child


def _pipe() -> tuple[int, int]:
    """A process whose output is a pipe: what it writes, and its id, 0 in itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        return reading, child
    os.close(writing)
    return reading, child


def _run(words: Sequence[str], folder: Path, face: Face) -> None:
    """Be prodcli, with its modules loaded already; ends the process."""
    code = 1
    try:
        os.chdir(folder)
        ours = {key: value for key, value in os.environ.items() if key in _OURS or key.startswith("FAKETIME")}
        os.environ.clear()
        os.environ.update(ours | face.environment | {"PWD": str(folder)})
        sys.argv = ["prodcli", *words]
        sys.stdin, sys.stdout, sys.stderr = (open(number, mode, closefd=False) for number, mode in enumerate("rww"))
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _all_of(reading: int) -> bytes:
    """All that a process writes until it ends; a terminal whose last process ended reads as an error."""
    parts = []
    while True:
        try:
            part = os.read(reading, 65536)
        except OSError as error:
            if error.errno == errno.EIO:
                break
            raise
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
