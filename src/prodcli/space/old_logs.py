"""Logs that may go by the policy of the site: old ones are removed, large stderr files are cut or compressed.

Only regular files below the log folders of the roots, with the endings of job logs, count; links are not followed. The logs
of jobs that have not ended stay as they are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prodcli.db import Database, chunks_of
from prodcli.errors import ProdError
from prodcli.outputs.safe_files import opened
from prodcli.space.shrink import remove_unchanged, shrink

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.progress import Progress

_ENDINGS = (".report.json", ".condor", ".err.gz", ".err", ".out")
_STDERR = ".err"
_MOST = 1_000_000  # files that one pass takes
_NAMES = 5_000  # names per statement, and files between two lines of the list


class LogFile(NamedTuple):
    """A log file below a root; size in bytes, and the time of its last change in nanoseconds since 1970."""

    root: str
    path: str
    size: int
    changed: int


@dataclass(frozen=True)
class LogPlan:
    """Logs that are removed, stderr files that are made smaller, and whether there are more than one pass takes."""

    old: Sequence[LogFile]
    large: Sequence[LogFile]
    more: bool = False


def find_logs(site: Site, books: Database, now: float) -> LogPlan:
    """The logs that the policy names; raises ProdError for a log folder that cannot be read."""
    policy = site.cleanup
    before = 0 if policy.logs_after is None else int((now - policy.logs_after) * 1e9)
    above = policy.errors_above

    def too_large(file: LogFile) -> bool:
        return above is not None and file.path.endswith(_STDERR) and file.size > above

    found = (file for file in _log_files(site) if file.changed < before or too_large(file))
    taken = list(islice(found, _MOST + 1))
    idle = _without_work(books, taken[:_MOST])
    old = [file for file in idle if file.changed < before]
    large = [file for file in idle if file.changed >= before]
    return LogPlan(old, large, len(taken) > _MOST)


def clean_logs(plan: LogPlan, site: Site, listing: Path, progress: Progress) -> list[str]:
    """Carry a plan out, and write down each file before; returns what failed.

    A file that has changed since the plan is left alone.
    """
    policy = site.cleanup

    def smaller(file: LogFile) -> None:
        shrink(file.root, file.path, file.changed, policy.errors_above or 0, policy.errors_how)

    failed = []
    with progress("cleaning up logs", len(plan.old) + len(plan.large)) as advance:
        for files, work in ((plan.old, _remove), (plan.large, smaller)):
            for chunk in chunks_of(files, _NAMES):
                _write_down(chunk, listing)
                failed += [text for file in chunk if (text := _tried(work, file))]
                advance(len(chunk))
    return failed


def log_folders(site: Site) -> list[tuple[str, str]]:
    """Each log root with the folder below which all logs of the site lie."""
    found = []
    for kind in ("condor", "logdir"):
        root = site.roots[kind]
        fixed = site.filesystem[kind].replace("{root}", root).replace("{prodmode}", site.prodmode)
        folder = fixed.partition("{")[0].rpartition("/")[0]
        if root.strip("/") and (folder == root or folder.startswith(root + "/")):
            found.append((root, folder))
    return list(dict.fromkeys(found))


def _log_files(site: Site) -> Iterator[LogFile]:
    for root, folder in log_folders(site):
        try:
            with opened(root, folder) as top:
                yield from _below(root, folder, top)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as failure:
            raise ProdError(f"cannot be read: {failure.strerror}", where=folder, todo="nothing is cleaned up") from None


def _below(root: str, folder: str, top: int) -> Iterator[LogFile]:
    """The logs below an open folder; links are not followed."""
    for place, _, names, fd in os.fwalk(".", follow_symlinks=False, dir_fd=top):
        where = os.path.normpath(f"{folder}/{place}")
        for name in names:
            if not name.endswith(_ENDINGS):
                continue
            try:
                found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode):
                yield LogFile(root, f"{where}/{name}", found.st_size, found.st_mtime_ns)


def _without_work(books: Database, files: Sequence[LogFile]) -> list[LogFile]:
    """The files whose job is not in a queue by the books."""
    kept = []
    for chunk in chunks_of(files, _NAMES):
        outputs = {file: _output(file.path) for file in chunk}
        names = sorted(set(outputs.values()))
        at_work = books.read(lambda tx, names=names: set(tx.column("outputs_at_work", names=names)))  # type: ignore[misc]
        kept += [file for file in chunk if outputs[file] not in at_work]
    return kept


def _output(path: str) -> str:
    """The file name of the output whose job writes a log."""
    name = path.rpartition("/")[2]
    ending = next(one for one in _ENDINGS if name.endswith(one))
    return name.removesuffix(ending) + ".root"


def _remove(file: LogFile) -> None:
    remove_unchanged(file.root, file.path, file.changed)


def _tried(work: Callable[[LogFile], object], file: LogFile) -> str:
    """What went wrong with a file, in words; empty if nothing did."""
    try:
        work(file)
    except OSError as failure:
        return f"{file.path}: {failure.strerror}"
    return ""


def _write_down(files: Sequence[LogFile], listing: Path) -> None:
    """Write the list of files before they are touched."""
    try:
        listing.parent.mkdir(parents=True, exist_ok=True)
        with listing.open("a") as out:
            out.writelines(f"{file.size}\t{file.path}\n" for file in files)
            out.flush()
            os.fsync(out.fileno())
    except OSError as failure:
        raise ProdError(f"the list of files cannot be written: {failure.strerror}", where=str(listing)) from None
