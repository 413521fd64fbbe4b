"""The last good version of each file that a loop reads, so that an invalid edit does not stop it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from prodcli.errors import ProdError

T = TypeVar("T")


@dataclass(frozen=True)
class KeptFiles:
    """Keeps good versions in a folder of a loop; `faults` says of files why their last good version is in use."""

    folder: Path
    faults: dict[str, str] = field(default_factory=dict)

    def read(self, file: Path, name: str, read: Callable[[Path], T]) -> T:
        """What `read` makes of the text of a file; of its last good version, if the text is invalid.

        `read` gets the path of a copy. Versions are kept for each `name` that is read of a file. Raises what `read` raises,
        if no good version is known.
        """
        kept = self.folder / sha256(f"{file}\n{name}".encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return _keeping(file, kept, read)
        except ProdError as failure:
            try:
                found = read(kept)
            except ProdError:
                raise failure from None
            self.faults[str(file)] = str(failure)
            return found


def _keeping(file: Path, kept: Path, read: Callable[[Path], T]) -> T:
    """What `read` makes of a copy, which becomes the good version: what was read, not what the file has become meanwhile."""
    fresh = kept.with_suffix(f".{os.getpid()}")
    try:
        fresh.write_bytes(file.read_bytes())
    except OSError:
        return read(file)  # which says what is wrong with the file
    try:
        found = read(fresh)
        fresh.replace(kept)
    finally:
        fresh.unlink(missing_ok=True)
    return found
