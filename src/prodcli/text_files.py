"""Read files that people name, within 10 MB and 20 seconds."""

import errno
import os
import stat
import time
from pathlib import Path

_MOST_BYTES = 10_000_000
_SECONDS = 20.0  # for what comes bit by bit, as through the pipe that a shell makes of `<(command)`
_PAUSE = 0.02
_PART = 65_536


def read_text(path: Path) -> str:
    """The text of a file, without a byte-order mark; raises OSError or UnicodeDecodeError.

    Whatever it is, 10 MB are read at most. A pipe or a device must come to an end within 20 seconds.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        return _content(fd, path).decode("utf-8-sig")
    finally:
        os.close(fd)


def why_unreadable(failure: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, in words."""
    return failure.strerror or str(failure) if isinstance(failure, OSError) else "it is not UTF-8 text"


def _content(fd: int, path: Path) -> bytes:
    """All bytes of the file; waits for the writer of a pipe."""
    is_pipe = stat.S_ISFIFO(os.fstat(fd).st_mode)
    data, until = bytearray(), time.monotonic() + _SECONDS
    while True:
        part = _read(fd)
        if part == b"" and (data or not is_pipe):
            return bytes(data)
        data += part or b""
        if len(data) > _MOST_BYTES:
            raise OSError(errno.EFBIG, f"it is larger than {_MOST_BYTES // 1_000_000} MB", str(path))
        if not part:
            if time.monotonic() > until:
                raise OSError(errno.ETIMEDOUT, f"it does not end within {_SECONDS:.0f} seconds", str(path))
            time.sleep(_PAUSE)


def _read(fd: int) -> bytes | None:
    """Some more bytes; None if there are none yet, empty at the end."""
    try:
        return os.read(fd, _PART)
    except BlockingIOError:
        return None
