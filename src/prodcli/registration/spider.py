"""Find the staged files of a rule, and register them, some thousands at a time.

Folders are read entry by entry, so that memory does not grow with the number of files. A thread reads and looks at the next
files while some are registered. A pass that was interrupted is repeated: files that it registered have their final names and
are passed by.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TypeVar
from zlib import crc32

from prodcli.db import Database
from prodcli.errors import one_line
from prodcli.progress import Advance, Progress, silent
from prodcli.registration.folders import output_folders
from prodcli.registration.production import Production, production_of
from prodcli.registration.quarantine import Quarantine
from prodcli.registration.register_staged import CHUNK, LeftOut, Registered, examined, plan_chunks, register_chunks
from prodcli.registration.staged_names import parse_staged
from prodcli.registration.staged_on_disk import Examiner, Output
from prodcli.rules.layout import Layout
from prodcli.runs.selection import RunSelection

log = logging.getLogger(__name__)
T = TypeVar("T")
_NAMED = 5  # files that a warning names


class SpiderKind(Enum):
    """What a spider takes: the directories of a rule where it looks."""

    DST = ("outdir", "finaldir")
    HIST = ("histdir",)

    def takes(self, name: str) -> bool:
        """True for a name like those of staged files of this kind, good or bad."""
        if self is SpiderKind.DST:
            return ".root:" in name and not name.startswith(".")
        return (name.startswith("HIST") and "root:" in name) or (
            name.startswith("CALIB") and not name.endswith(".root")
        )


class Part(NamedTuple):
    """One of several parts of the folders, for as many spiders side by side."""

    number: int = 1
    of: int = 1

    def has(self, folder: str) -> bool:
        """True if a folder belongs to this part."""
        return crc32(os.fsencode(folder)) % self.of == self.number - 1


@dataclass
class Tally:
    """Files of which only the number and the first few are kept."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, items: Iterable[str]) -> None:
        """Count some more."""
        for item in items:
            self.count += 1
            if len(self.first) < _NAMED:
                self.first.append(one_line(item))

    def __str__(self) -> str:
        more = self.count - len(self.first)
        return ", ".join(self.first) + (f" and {more} more" if more > 0 else "")


@dataclass
class Catch:
    """The result of a pass: numbers of files and their bytes; with `listing` a line for each file.

    A line is the file's name, its path, what became of the file, and the reason if it was left out.
    """

    found: int = 0
    new: int = 0
    refreshed: int = 0
    same: int = 0
    size: int = 0
    quarantined: Tally = field(default_factory=Tally)
    superseded: Tally = field(default_factory=Tally)
    left_out: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    listing: list[tuple[str, str, str, str]] | None = None

    def add(self, done: Registered) -> None:
        """Count the result for some files."""
        self.new += len(done.new)
        self.refreshed += len(done.refreshed)
        self.same += len(done.same)
        self.size += sum(output.size for output in done.outputs)
        self.quarantined.add(output.staged.filename for output in done.quarantined)
        self.superseded.add(done.superseded)
        self.leave_out(done.left_out)
        if self.listing is not None:
            for state in ("new", "refreshed", "same"):
                outputs = getattr(done, state)
                self.listing += [(one.staged.filename, one.staged.place, state, "") for one in outputs]
            self.listing += [(path.rpartition("/")[2], path, "superseded", "") for path in done.superseded]

    def leave_out(self, files: Sequence[LeftOut]) -> None:
        """Count files that were left out."""
        self.left_out.add(f"{one.path} {one.reason}" for one in files if not one.failed)
        self.failed.add(f"{one.path} {one.reason}" for one in files if one.failed)
        if self.listing is not None:
            self.listing += [(one.path.rpartition("/")[2], one.path, "left out", one.reason) for one in files]


@dataclass(frozen=True)
class Spider:
    """Registers the staged files of one kind that a rule's jobs left for selected runs."""

    layout: Layout
    kind: SpiderKind
    selection: RunSelection
    filecatalog: Database
    books: Database
    part: Part = Part()
    dry_run: bool = False
    progress: Progress = silent

    def run(self, listing: bool = False) -> Catch:
        """Register what is found; raises DatabaseError, with whole chunks registered before."""
        found = output_folders(self.layout, self.kind.value, self.selection)
        folders = [folder for several in found for folder in several if self.part.has(folder)]
        catch = Catch(listing=[] if listing else None)
        catch.leave_out(
            [LeftOut(path, f"cannot be read: {why}", True) for one in found for path, why in one.unreadable]
        )
        began, unread = time.monotonic(), list[LeftOut]()
        with self.progress(f"looking through {len(folders)} folders", len(folders)) as advance:
            for done in self._registered(_ahead(_chunks(self._seen(folders, unread, advance))), catch):
                catch.add(done)
                advance(0, _rate(catch, time.monotonic() - began))
        catch.leave_out(unread)
        catch.seconds = time.monotonic() - began
        _warn(catch)
        return catch

    @cached_property
    def _production(self) -> Production:
        return production_of(self.layout)

    @cached_property
    def _quarantine(self) -> Quarantine:
        return Quarantine(self._production, self.filecatalog, self.books)

    @cached_property
    def _examiner(self) -> Examiner:
        return Examiner(self._production)

    def _seen(self, folders: Sequence[str], unread: list[LeftOut], advance: Advance) -> Iterator[Output | LeftOut]:
        """The staged files of folders, but those of other runs; folders that cannot be read go into `unread`."""
        for folder in folders:
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        found = self._examined(entry.path) if self.kind.takes(entry.name) else None
                        if found is not None:
                            yield found
            except FileNotFoundError:
                pass
            except OSError as failure:
                unread.append(LeftOut(folder, f"cannot be read: {failure.strerror}", failed=True))
            advance(1)

    def _examined(self, path: str) -> Output | LeftOut | None:
        """A staged file of a selected run, or why it is left out; None for a file of another run."""
        try:
            file = parse_staged(path)
            name = self._production.parse(file.filename)
        except ValueError as reason:
            return LeftOut(path, str(reason))
        return examined(file, name, self._examiner) if name.run in self.selection else None

    def _registered(self, chunks: Iterable[Sequence[Output | LeftOut]], catch: Catch) -> Iterator[Registered]:
        """Register files chunk by chunk."""
        act = plan_chunks if self.dry_run else register_chunks
        own = (self._own(seen, catch) for seen in chunks)
        return act(own, self._production, self.filecatalog, self._quarantine)

    def _own(self, seen: Sequence[Output | LeftOut], catch: Catch) -> list[Output]:
        """The outputs among files, without those whose job, by the books, makes outputs with another tag."""
        catch.found += len(seen)
        catch.leave_out([one for one in seen if isinstance(one, LeftOut)])
        outputs = [one for one in seen if isinstance(one, Output)]
        other = self._other_tags({output.staged.dbid for output in outputs})
        foreign = [output.staged for output in outputs if output.staged.dbid in other]
        catch.leave_out([LeftOut(file.path, f"dbid {file.dbid} is a job of {other[file.dbid]}") for file in foreign])
        return [output for output in outputs if output.staged.dbid not in other]

    def _other_tags(self, ids: set[int]) -> dict[int, str]:
        """The tags of jobs that make outputs with another tag."""
        values = {"ids": sorted(ids), "tag": self._production.tag}
        return dict(self.books.read(lambda tx: list(tx.rows("jobs_of_other_tags", **values))))


def _ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the same items, none of them None; a thread makes the next one while the caller works on one."""
    rest = iter(items)
    with ThreadPoolExecutor(1, "ahead") as thread:
        pending = thread.submit(next, rest, None)
        while (item := pending.result()) is not None:
            pending = thread.submit(next, rest, None)
            yield item


def _chunks(files: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(files, CHUNK)):
        yield chunk


def _rate(catch: Catch, seconds: float) -> str:
    return f"{catch.found} files seen, {catch.new} new, {catch.found / max(seconds, 0.001):.0f} a second"


def _warn(catch: Catch) -> None:
    """One line for each kind of file that is not registered."""
    for tally, words in (
        (catch.left_out, "staged files are left out"),
        (catch.failed, "files or folders failed, and are tried again by the next pass"),
        (catch.quarantined, "files go into quarantine (prodcli quarantine list)"),
        (catch.superseded, "files are superseded by newer ones, and have these names"),
    ):
        if tally.count:
            log.warning("%d %s: %s", tally.count, words, tally)
