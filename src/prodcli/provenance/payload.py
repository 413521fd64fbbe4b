"""The payload of a rule: its files with the hash of each content, and the git repositories that they come from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from prodcli.provenance.repository import NO_REPOSITORY, Code, look_at
from prodcli.rules.job_script import matching

_GIT = ".git"
_WILD = set("*?[")
_MOST_FILES = 10_000
_MOST_BYTES = 300_000_000  # of all files; macros and scripts are small
_UNREAD = "-"  # in the place of a hash
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A file by its name as jobs see it; `sha256` is `-` if it was not read."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Payload:
    """The files of a payload, and where they come from."""

    files: tuple[PayloadFile, ...]
    code: tuple[Code, ...]

    @property
    def text(self) -> str:
        """The files, one a line: hash, size, name."""
        return "".join(f"{file.sha256}\t{file.size}\t{file.name}\n" for file in self.files)


def read_files(text: str) -> list[PayloadFile]:
    """The files of a payload from their text."""
    rows = (line.split("\t", 2) for line in text.splitlines())
    return [PayloadFile(name, sha256, int(size)) for sha256, size, name in rows]


def look_at_payload(entries: Sequence[str], script: str) -> Payload:
    """The files that entries with full paths name, and the script; git is asked once for each repository."""
    files: dict[str, Path] = {}
    asked: dict[Path | None, dict[Path, None]] = {}
    for name, file, repository, about in islice(_every_file([*entries, script]), _MOST_FILES + 1):
        files.setdefault(name, file)
        asked.setdefault(repository, {})[about] = None
    code = [look_at(repository, list(paths)) for repository, paths in asked.items() if repository is not None]
    code += [Code(str(folder), note=NO_REPOSITORY) for folder in _outermost(asked.get(None, {}))]
    return Payload(tuple(_hashed(files)), tuple(sorted(code, key=lambda one: one.folder)))


def _every_file(entries: Sequence[str]) -> Iterator[tuple[str, Path, Path | None, Path]]:
    """The files of entries: the name that jobs see, the file, its repository, and what git is asked about."""
    for entry in filter(None, dict.fromkeys(entries)):
        for path in matching(entry):
            for name, file, repository in _files(path):
                yield name, file, repository, _asked_about(entry, path, repository)


def _files(path: Path) -> Iterator[tuple[str, Path, Path | None]]:
    """The files of an entry: the name that jobs see, the file, and its repository; links lead to where the content is kept."""
    real = _real(path)
    repository = _repository_of(real.parent)
    if not real.is_dir():
        yield path.name, real, repository
        return
    repositories = {str(real.parent): repository}
    for folder, below, names in os.walk(real):
        here = Path(folder)
        repositories[folder] = here if (here / _GIT).exists() else repositories[str(here.parent)]
        below[:] = sorted(name for name in below if name != _GIT)
        for name in sorted(names):
            if name != _GIT:
                yield str(path.name / here.relative_to(real) / name), here / name, repositories[folder]


def _repository_of(folder: Path) -> Path | None:
    """The nearest folder upward that holds a repository, as git looks for it."""
    return next((one for one in (folder, *folder.parents) if (one / _GIT).exists()), None)


def _asked_about(entry: str, path: Path, repository: Path | None) -> Path:
    """What git is asked about: the folder before the first wildcard, so that deleted files are noticed, or the path itself."""
    parts = Path(entry).parts
    wild = next((number for number, part in enumerate(parts) if _WILD & set(part)), None)
    real, named = _real(path), _real(path if wild is None else Path(*parts[:wild]))
    if repository is None:
        return named if named.is_dir() else named.parent
    return next((one for one in (named, real) if one.is_relative_to(repository)), repository)


def _real(path: Path) -> Path:
    """The path without links; of links in a circle the path itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _outermost(folders: dict[Path, None]) -> list[Path]:
    """Folders that are in no other one of them."""
    return [one for one in folders if not any(other in one.parents for other in folders)]


def _hashed(files: Mapping[str, Path]) -> Iterator[PayloadFile]:
    """Files with the hash of their contents, by name; huge ones, and those beyond so many, are not read."""
    left = _MOST_BYTES
    for name, path in sorted(files.items())[:_MOST_FILES]:
        found = _read(path, left)
        left -= found[1] if found[0] != _UNREAD else 0
        yield PayloadFile(_plain(name), *found)
    if len(files) > _MOST_FILES:
        yield PayloadFile(f"... more than {_MOST_FILES} files", _UNREAD, 0)


def _read(path: Path, most: int) -> tuple[str, int]:
    """The hash and the size of a file; no hash for a file that is larger than `most`, or cannot be read."""
    try:
        size = path.stat().st_size
        if size > most or not path.is_file():
            return _UNREAD, size
        content = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                content.update(block)
    except OSError:
        return _UNREAD, 0
    return content.hexdigest(), size


def _plain(name: str) -> str:
    """A name that a line of text can hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
