"""The log, out and err files of jobs: found on disk or where the site keeps them, read from their end, also gzipped."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from prodcli.batch import ProcId
from prodcli.errors import readable
from prodcli.jobs.log_lines import LogLine, Wanted, wanted_lines
from prodcli.names import fill
from prodcli.text_files import why_unreadable

KINDS = ("out", "err", "log")  # the attributes with their paths
_AT_ONCE = 8  # files, as shared file systems are slow
_LINE = 400  # bytes of a line, more than most have
_LONGEST = 10_000  # bytes of a line that are read
_MOST = 1 << 24  # bytes of the end of a file in which its last lines are looked for
_ZIPPED = ".gz"
RunningOutput = Callable[
    [str, ProcId, bool, int], bytes | None
]  # of a schedd and job: its stderr, or stdout; most bytes


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job, by the attributes of the job."""

    dbid: int
    kind: str
    path: str | None
    schedd: str | None = None
    cluster: int | None = None
    proc: int | None = None
    runs: bool = False


@dataclass(frozen=True)
class FoundLines:
    """The wanted lines of a file, and where they are from; `trouble` says why there are none to read."""

    file: JobFile
    lines: Sequence[LogLine] = ()
    place: str = ""
    trouble: str = ""


def read_files(
    files: Sequence[JobFile], wanted: Wanted, copies: Sequence[str] = (), ask: RunningOutput | None = None
) -> Iterator[FoundLines]:
    """The wanted lines of files, in their order, several read at once.

    A file is looked for at its path, then at the `copies` of the site, each also gzipped; then its schedd is asked.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda one: _found(one, wanted, copies, ask), files)


def _found(file: JobFile, wanted: Wanted, copies: Sequence[str], ask: RunningOutput | None) -> FoundLines:
    if not file.path:
        return FoundLines(file, trouble=f"the books have no path of its {file.kind} file")
    for place in _places(file.path, copies):
        try:
            return FoundLines(file, _lines(place, wanted), place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, EOFError, ValueError, zlib.error) as failure:
            why = why_unreadable(failure) if isinstance(failure, OSError | UnicodeDecodeError) else str(failure)
            return FoundLines(file, place=place, trouble=why)
    return _asked(file, wanted, ask) or FoundLines(file, place=file.path, trouble="there is no such file")


def _places(path: str, copies: Sequence[str]) -> Iterator[str]:
    """Where a file may be."""
    fields = {"path": path, "folder": str(PurePath(path).parent), "name": PurePath(path).name}
    for place in (path, *(fill(template, fields) for template in copies)):
        yield from (place, place + _ZIPPED)


def _asked(file: JobFile, wanted: Wanted, ask: RunningOutput | None) -> FoundLines | None:
    """What the schedd of a running job knows of its output."""
    if (
        ask is None
        or not file.runs
        or file.kind == "log"
        or file.schedd is None
        or file.cluster is None
        or file.proc is None
    ):
        return None
    data = ask(file.schedd, (file.cluster, file.proc), file.kind == "err", _LONGEST + wanted.tail * _LINE)
    if data is None:
        return None
    return FoundLines(file, wanted_lines(_texts(data), wanted, False), f"{file.cluster}.{file.proc}@{file.schedd}")


def _lines(place: str, wanted: Wanted) -> list[LogLine]:
    """The wanted lines of a plain file; raises OSError if it cannot be read, ValueError for anything but a file."""
    with _opened(place) as (stream, size):
        if place.endswith(_ZIPPED) or wanted.is_whole:
            return wanted_lines(_stream_lines(stream), wanted, numbered=True)
        return wanted_lines(_last_lines(stream, size, wanted.tail), wanted, numbered=False)


@contextmanager
def _opened(place: str) -> Iterator[tuple[IO[bytes], int]]:
    """A plain file to read, unzipped, and its size on disk."""
    fd = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is no plain file")
        with os.fdopen(os.dup(fd), "rb") as file:
            stream: Any = gzip.open(file) if place.endswith(_ZIPPED) else file
            yield stream, about.st_size
    finally:
        os.close(fd)


def _stream_lines(stream: IO[bytes]) -> Iterator[str]:
    while line := stream.readline(_LONGEST):
        yield _text(line)


def _last_lines(stream: IO[bytes], size: int, count: int) -> list[str]:
    """The last lines: ever larger pieces of the end are read until there are enough, or until lines are too long to go on."""
    piece = count * _LINE
    while True:
        start = max(0, size - piece)
        stream.seek(start)
        lines = stream.read(size - start).splitlines()
        if not start or len(lines) > count or piece >= _MOST:
            return [_text(line[:_LONGEST]) for line in lines[-count:]]
        piece *= 8


def _texts(data: bytes) -> list[str]:
    return [_text(line) for line in data.splitlines()]


def _text(line: bytes) -> str:
    """A line without what a terminal would obey."""
    return readable(line.decode("utf-8", "replace").rstrip("\r\n"))
