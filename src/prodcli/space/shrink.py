"""Remove a log, or make it smaller, unless it has changed since it was looked at; no link is followed."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath
from typing import IO

from prodcli.outputs.safe_files import opened

_CUT = "\n... {bytes} bytes were cut by prodcli cleanup ...\n"
_LINE = 100  # bytes for that line
_BLOCK = 1 << 20


def remove_unchanged(root: str, path: str, changed: int) -> bool:
    """Delete a log that was last changed at this time (in ns); False if it has changed, or is gone. Raises OSError."""
    where = PurePosixPath(path)
    try:
        with opened(root, str(where.parent)) as fd:
            if not _unchanged(fd, where.name, changed):
                return False
            os.unlink(where.name, dir_fd=fd)  # noqa: PTH108 - pathlib has no way to stay in an open folder
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def shrink(root: str, path: str, changed: int, most: int, how: str) -> bool:
    """Cut a log to its beginning and end of `most` bytes together, or compress it (`gzip`: to NAME.gz).

    False if the log has changed, is gone, or has a compressed one beside it. The new file is complete before the old one
    goes. Raises OSError.
    """
    where = PurePosixPath(path)
    try:
        with opened(root, str(where.parent)) as fd:
            return _unchanged(fd, where.name, changed) and _shrunk(fd, where.name, changed, most, how)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _shrunk(fd: int, name: str, changed: int, most: int, how: str) -> bool:
    packed = how == "gzip"
    made = _written(fd, name, _compress if packed else lambda old, new: _cut(old, new, most))
    try:
        if not _unchanged(fd, name, changed):
            return False
        if not packed:
            os.rename(made, name, src_dir_fd=fd, dst_dir_fd=fd)  # noqa: PTH104
            return True
        os.link(made, f"{name}.gz", src_dir_fd=fd, dst_dir_fd=fd)  # never over an older one
        os.unlink(name, dir_fd=fd)  # noqa: PTH108
    except FileExistsError:
        return False
    finally:
        with suppress(FileNotFoundError):
            os.unlink(made, dir_fd=fd)  # noqa: PTH108
    return True


def _unchanged(fd: int, name: str, changed: int) -> bool:
    try:
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime_ns == changed


def _written(fd: int, name: str, write: Callable[[IO[bytes], IO[bytes]], object]) -> str:
    """The name of a new file beside a log, with its mode and times, complete on disk; nothing is left if that fails."""
    made = f".{name}.cleanup"
    with suppress(FileNotFoundError):  # of a process that was killed
        os.unlink(made, dir_fd=fd)  # noqa: PTH108
    try:
        with (
            os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd), "rb") as old,
            os.fdopen(
                os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=fd), "wb"
            ) as new,
        ):
            kept = os.fstat(old.fileno())
            write(old, new)
            new.flush()
            os.fchmod(new.fileno(), stat.S_IMODE(kept.st_mode))
            os.utime(new.fileno(), ns=(kept.st_atime_ns, kept.st_mtime_ns))
            os.fsync(new.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(made, dir_fd=fd)  # noqa: PTH108
        raise
    return made


def _compress(old: IO[bytes], new: IO[bytes]) -> None:
    with gzip.GzipFile(fileobj=new, mode="wb", mtime=0) as packed:
        shutil.copyfileobj(old, packed, _BLOCK)


def _cut(old: IO[bytes], new: IO[bytes], most: int) -> None:
    """The first and the last half of the bytes that may stay, with a line between that says so."""
    half = (most - _LINE) // 2
    size = os.fstat(old.fileno()).st_size
    _copy(old, new, half)
    new.write(_CUT.format(bytes=size - 2 * half).encode())
    old.seek(size - half)
    _copy(old, new, half)


def _copy(old: IO[bytes], new: IO[bytes], count: int) -> None:
    while count > 0 and (part := old.read(min(count, _BLOCK))):
        new.write(part)
        count -= len(part)
