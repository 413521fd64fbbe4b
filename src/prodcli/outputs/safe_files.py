"""List and delete files below a root without following a link: neither a file nor any folder below the root."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def inside(root: str, path: str) -> bool:
    """True for a path below a root, without `..`."""
    parts = PurePosixPath(path).parts
    return bool(root.strip("/")) and ".." not in parts and PurePosixPath(path).is_relative_to(root) and path != root


def sizes(root: str, folder: str) -> dict[str, int]:
    """The regular files of a folder with their sizes in bytes; none if the folder is missing, or behind a link."""
    found: dict[str, int] = {}
    try:
        with opened(root, folder) as fd, os.scandir(fd) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found[entry.name] = entry.stat(follow_symlinks=False).st_size
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return found


def delete(root: str, path: str) -> bool:
    """Delete a regular file below a root; False if there is none. Raises OSError if it cannot be deleted."""
    where = PurePosixPath(path)
    try:
        with opened(root, str(where.parent)) as fd:
            if not stat.S_ISREG(os.lstat(where.name, dir_fd=fd).st_mode):
                return False
            os.unlink(where.name, dir_fd=fd)  # noqa: PTH108 - pathlib has no way to stay in an open folder
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@contextmanager
def opened(root: str, folder: str) -> Iterator[int]:
    """A folder below a root, opened step by step; a link on the way raises NotADirectoryError."""
    if folder != root and not inside(root, folder):
        raise NotADirectoryError(folder)
    fd = os.open(root, _FOLDER)
    try:
        for part in PurePosixPath(folder).relative_to(root).parts:
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)
