"""The ends of the err files of jobs, read side by side, as shared file systems are slow: plain files and nothing else."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)
_END = 4096  # bytes that are read of each
_AT_ONCE = 8


def end_of_file(path: str | None) -> str:
    """The end of a file; empty if it cannot be read, or is no plain file."""
    try:
        fd = os.open(path or "", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            about = os.fstat(fd)
            if not stat.S_ISREG(about.st_mode):
                return ""
            return os.pread(fd, _END, max(0, about.st_size - _END)).decode("utf-8", "replace")
        finally:
            os.close(fd)
    except (OSError, ValueError) as failure:
        log.info("%s cannot be read: %s", path, failure)
        return ""


def ends_of_files(paths: Iterable[str], until: float) -> dict[str, str]:
    """The ends of files by path; those that are not reached by a time of the monotonic clock are left out."""

    def read(path: str) -> tuple[str, str] | None:
        return (path, end_of_file(path)) if time.monotonic() < until else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(found for found in pool.map(read, paths) if found is not None)
