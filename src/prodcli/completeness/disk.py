"""Look at the folders of outputs: which files lie there, how large they are, and their checksums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

_READERS = 4  # files that are read at a time: checksums wait for disks


@dataclass
class Listing:
    """The files of some folders: sizes in bytes by path, and folders that cannot be read."""

    sizes: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def hides(self, path: str) -> bool:
        """True for a path in a folder that cannot be read."""
        return bool(self.unreadable) and path.rpartition("/")[0] in self.unreadable


def listed(folders: Iterable[str]) -> Listing:
    """The regular files of folders; a missing folder has none. Links are not followed."""
    listing = Listing()
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        listing.sizes[f"{folder}/{entry.name}"] = entry.stat(follow_symlinks=False).st_size
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            listing.unreadable.append(folder)
    return listing


def md5s(paths: list[str]) -> Iterator[tuple[str, str | None]]:
    """The path and md5 of files, in their order; None for a file that cannot be read."""
    with ThreadPoolExecutor(_READERS, "checksum") as readers:
        yield from zip(paths, readers.map(_md5, paths), strict=True)


def _md5(path: str) -> str | None:
    try:
        with Path(path).open("rb") as content:
            return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return None
