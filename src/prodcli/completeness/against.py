"""Compare a manifest with the files on disk, without a database; and the manifest itself with its checksum in the books."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.completeness.disk import md5s
from prodcli.completeness.manifest import CertifiedFile, DamagedManifest, Header, Sums, header_of, part_of
from prodcli.db import chunks_of
from prodcli.errors import UsageError
from prodcli.progress import Progress, silent

if TYPE_CHECKING:
    from prodcli.db import Database

_FILES = 5_000  # compared at a time


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that differs from the manifest, or the manifest itself."""

    path: str
    what: str


@dataclass
class Comparison:
    """What differs, and what could not be read; `sha256` is that of the whole manifest."""

    header: Header
    files: int = 0
    sha256: str = ""
    differences: list[Difference] = field(default_factory=list)
    unreadable: list[Difference] = field(default_factory=list)


def compared(file: Path, deep: bool, progress: Progress = silent) -> Comparison:
    """Compare sizes, and with `deep` checksums; raises UsageError for a file that is no whole manifest."""
    try:
        with file.open(encoding="utf-8") as source:
            return _compared(file, source, deep, progress)
    except OSError as failure:
        raise UsageError(f"the manifest cannot be read: {failure.strerror}", where=str(file)) from None
    except UnicodeDecodeError:
        raise UsageError("it is no manifest of a certificate", where=str(file)) from None
    except DamagedManifest as failure:
        raise UsageError(str(failure), where=str(file)) from None


def changed_since(comparison: Comparison, books: Database) -> str:
    """What the books say against the manifest itself; empty if it is the one that was made."""

    def known() -> str | None:
        found: str | None = books.read(lambda tx: tx.value("certificate_sha256", id=comparison.header.id))
        return found

    sha256 = known()
    if sha256 is None:
        return "the books do not know this manifest"
    return "" if sha256 == comparison.sha256 else "the manifest was changed after it was made"


def _compared(file: Path, source: Iterator[str], deep: bool, progress: Progress) -> Comparison:
    first = next(source, "")
    comparison, whole, before = Comparison(header_of(first)), hashlib.sha256(first.encode()), ""
    files: list[CertifiedFile] = []
    sums: Sums | None = None
    for number, line in enumerate(source, 2):
        if sums is not None:
            raise DamagedManifest(f"line {number} stands behind the end")
        part = part_of(line, number)
        if isinstance(part, Sums):
            sums, before = part, whole.hexdigest()
        else:
            files.append(part)
        whole.update(line.encode())
    if sums is None:
        raise DamagedManifest("its end is missing")
    comparison.files, comparison.sha256 = len(files), whole.hexdigest()
    if before != sums.sha256 or len(files) != sums.files:
        comparison.differences.append(Difference(str(file), "the manifest does not have its own checksum"))
    with progress(f"comparing {len(files)} files", len(files)) as advance:
        for chunk in chunks_of(files, _FILES):
            _compare(chunk, deep, comparison)
            advance(len(chunk))
    return comparison


def _compare(files: Sequence[CertifiedFile], deep: bool, comparison: Comparison) -> None:
    same = [one for one in files if _same_size(one, comparison)]
    if deep:
        for one, (path, md5) in zip(same, md5s([one.path for one in same]), strict=True):
            if md5 is None:
                comparison.unreadable.append(Difference(path, "cannot be read"))
            elif md5 != one.md5:
                comparison.differences.append(Difference(path, f"md5 is {md5}, and was {one.md5}"))


def _same_size(one: CertifiedFile, comparison: Comparison) -> bool:
    try:
        found = Path(one.path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        comparison.differences.append(Difference(one.path, "is missing"))
        return False
    except (OSError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "no path"
        comparison.unreadable.append(Difference(one.path, f"cannot be read: {why}"))
        return False
    if not stat.S_ISREG(found.st_mode):
        comparison.differences.append(Difference(one.path, "is no regular file"))
        return False
    if found.st_size != one.size:
        comparison.differences.append(Difference(one.path, f"has {found.st_size} bytes, and had {one.size}"))
    return found.st_size == one.size
