"""Staged files on disk: which are complete, and giving them their final names."""

import errno
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from prodcli.fault_points import reached
from prodcli.registration.production import OutputName, Production
from prodcli.registration.spread import Content
from prodcli.registration.staged_names import ASIDE, StagedFile

_VANISHED = "has vanished"
_QUIET = 3600  # seconds without a change, after which a file whose name has no size counts as complete


class Output(NamedTuple):
    """A complete staged file with the values of its catalog rows: parts of its name, final path, host, bytes, time, status.

    `hands` is the time as the catalog writes it. `there`: the file has its final name already. `dated`: the file has the time of its row already.
    """

    staged: StagedFile
    name: OutputName
    place: str
    host: str
    size: int
    time: int
    hands: int
    there: bool
    dated: bool = False
    status: int = 1

    @property
    def row(self) -> dict[str, object]:
        """The row for both tables."""
        staged = self.staged
        return {
            "filename": staged.filename,
            "run": self.name.run,
            "segment": self.name.segment,
            "dsttype": self.name.dsttype,
            "size": self.size,
            "events": staged.events,
            "first": staged.first,
            "last": staged.last,
            "status": self.status,
            "host": self.host,
            "path": self.place,
            "time": self.hands,
            "md5": staged.md5,
        }

    @property
    def content(self) -> Content:
        """The content as it is judged."""
        staged, name = self.staged, self.name
        return Content(staged.filename, name.dsttype, name.run, name.segment, self.size, staged.events, staged.md5)

    @property
    def age(self) -> tuple[int, int, str]:
        """The order of files of one output: time, row of the job, path."""
        return self.time, self.staged.dbid, self.staged.path


@dataclass(frozen=True)
class Examiner:
    """Examines staged files of a production; a folder is looked at once."""

    production: Production
    now: Callable[[], float] = time.time

    def examine(self, file: StagedFile, name: OutputName) -> Output:
        """The output of a complete staged file, or of one that was renamed already.

        Raises ValueError with the reason if there is none, and OSError if the file cannot be read, or not be renamed.
        """
        place = file.place
        found, there = _found(file)
        if not there and not self._writable(file.folder):
            raise PermissionError(errno.EACCES, "its folder cannot be written")
        now = int(self.now())
        if file.size is None and now - found.st_mtime < _QUIET:
            raise ValueError("was changed in the last hour, and its name has no size")
        written = int(found.st_mtime)
        made = min(written if file.ctime is None else file.ctime, now)
        site = self.production.site
        host, hands = site.file_host_of(place), site.catalog_clock.hands(made)
        return Output(file, name, place, host, found.st_size, made, hands, there, dated=written == made)

    @cached_property
    def _folders(self) -> dict[str, bool]:
        return {}

    def _writable(self, folder: str) -> bool:
        if folder not in self._folders:
            self._folders[folder] = os.access(folder, os.W_OK | os.X_OK)
        return self._folders[folder]


def _found(file: StagedFile) -> tuple[os.stat_result, bool]:
    """The complete file, and whether it has its final name; raises ValueError if it is incomplete or gone."""
    there = False
    try:
        found = os.lstat(file.path)
    except FileNotFoundError:
        found, there = _renamed(file), True
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("is not a plain file")
    if found.st_size != (file.size or found.st_size) or not found.st_size:
        raise ValueError(f"is incomplete: {found.st_size} bytes")
    return found, there


def _renamed(file: StagedFile) -> os.stat_result:
    """The staged file under its final name; raises ValueError if it does not have this name."""
    try:
        found = os.lstat(file.place)
    except FileNotFoundError:
        raise ValueError(_VANISHED) from None
    if found.st_size != file.size or os.path.lexists(file.aside):
        raise ValueError(_VANISHED)
    return found


def move_to_place(output: Output) -> str:
    """Give a staged file its final name; returns the name under which an older file of this name stays, if any.

    The file gets the time that the catalog has, so that other tools see that the row is that of the file. Raises OSError,
    and FileNotFoundError if the staged file has vanished, or is superseded, and is not at its place.
    """
    kept = ""
    try:
        if not output.dated:
            _set_time(output)
        kept = _keep_older(output)
        os.rename(output.staged.path, output.place)  # noqa: PTH104 - a Path of each file takes as long as the renaming
    except FileNotFoundError:
        if os.path.lexists(output.staged.aside) or os.lstat(output.place).st_size != output.size:
            raise  # else another process was quicker
    reached("staged.renamed")
    return kept


def _set_time(output: Output) -> None:
    """Give a file the time of its row, if the file is ours; raises FileNotFoundError if there is none."""
    try:
        os.utime(output.staged.path, (output.time, output.time))
    except FileNotFoundError:
        raise
    except OSError:  # another account wrote the file
        os.lstat(output.staged.path)


def move_aside(staged: StagedFile) -> None:
    """Give a staged file the name of one that a newer file supersedes; does nothing if it is gone. Raises OSError."""
    with suppress(FileNotFoundError):
        Path(staged.path).rename(staged.aside)


def _keep_older(output: Output) -> str:
    """Give the file that is about to be replaced a second name, so that its content stays and no moment is without a file.

    Raises FileNotFoundError if there is nothing to replace it with.
    """
    staged, place = output.staged, output.place
    try:
        older = os.lstat(place)
    except FileNotFoundError:
        return ""
    os.lstat(staged.path)
    kept = f"{staged.folder}/{ASIDE}{staged.filename},{int(older.st_mtime)},{older.st_ino}"
    try:
        os.link(place, kept, follow_symlinks=False)
    except FileExistsError:
        pass  # an interrupted pass has made the name
    except OSError:  # a file system without second names
        Path(place).rename(kept)
    reached("staged.kept")
    return kept
