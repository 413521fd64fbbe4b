"""Register the files of a rule under its outdir in the file catalog, in bulk.

selected runs x leaves -> directories -> files that belong to the rule -> minus registered -> datasets and files.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from prodcli.catalogs.output_names import OutputKind, OutputNames
from prodcli.db import Database, Transaction
from prodcli.errors import RuleError, one_line
from prodcli.names import leafdir, placeholders
from prodcli.progress import Progress, silent
from prodcli.registration.output_file import OutputFile
from prodcli.registration.quarantine import QUARANTINED, Quarantine
from prodcli.registration.refresh import Refresher
from prodcli.rules.layout import FIRST_OUTPUT, Job, Layout
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection

log = logging.getLogger(__name__)
Counter = Callable[[str], int | None]  # of the events of a file; None if they cannot be counted
_ROWS = 5_000  # files per statement
_NAMED = 5  # files that a warning names
_GROUP = 100  # runs of a run group
_PER_RUN = {"run", "run8"}
_UNKNOWABLE = {"seg", "seg5", *FIRST_OUTPUT, "dbid", "attempt"}


@dataclass
class Registration:
    """The result of a pass.

    Files of the rule, number of new files (registered, or to be registered), of files whose rows were refreshed (or are to
    be), known files, files left out.
    """

    found: int = 0
    new: int = 0
    refreshed: int = 0
    known: int = 0
    size: int = 0
    empty: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)  # registered, without the number of events
    quarantined: list[str] = field(default_factory=list)  # new or refreshed, and far outside of what is usual
    files: list[OutputFile] = field(default_factory=list)  # the new ones, if a listing was asked for


@dataclass(frozen=True, slots=True)
class _Place:
    """A directory of the outputs of a host."""

    directory: str
    dsttype: str
    host: str
    leaf: str


def register(
    rule: Rule,
    selection: RunSelection,
    filecatalog: Database,
    *,
    with_md5: bool = True,
    count: Counter | None = None,
    dry_run: bool = False,
    listing: bool = False,
    progress: Progress = silent,
    quarantine: Quarantine | None = None,
) -> Registration:
    """Register the files of a rule and of the selected runs; rows are refreshed where the file is another one now.

    A few statements per 5,000 files, committed together: repeat an interrupted pass. A dry run reads only. With a
    `quarantine`, files far outside of what is usual get its status.
    """
    result = Registration()
    reading = (False, None) if dry_run else (with_md5, count)

    def measure(file: OutputFile) -> OutputFile | None:
        return _measured(file, *reading, result)

    def judge(files: Sequence[OutputFile]) -> Sequence[OutputFile]:
        return files if quarantine is None else _judged(files, quarantine, dry_run, result)

    refresher = Refresher(filecatalog, rule.params.dataset, rule.site, with_md5, measure, judge)
    files = _files(OutputNames(Layout(rule)), selection, result)
    while chunk := list(islice(files, _ROWS)):
        with progress(f"registering ({result.found} files seen, {result.new} new)"):
            result.found += len(chunk)
            known = _known(filecatalog, [file.filename for file in chunk])
            again = refresher.refresh([file for file in chunk if file.filename in known], dry_run)
            result.refreshed += again
            result.known += len(known) - again
            new = [found for file in chunk if file.filename not in known and (found := measure(file)) is not None]
            _book(filecatalog, rule, judge(new), dry_run, listing, result)
    _warn(result)
    return result


def _book(
    filecatalog: Database, rule: Rule, new: Sequence[OutputFile], dry_run: bool, listing: bool, result: Registration
) -> None:
    added = len(new) if dry_run or not new else _insert(filecatalog, rule, new)
    result.new += added
    result.known += len(new) - added  # another pass was quicker
    result.size += sum(file.size for file in new)
    if listing:
        result.files += new


def _judged(
    files: Sequence[OutputFile], quarantine: Quarantine, dry_run: bool, result: Registration
) -> list[OutputFile]:
    """The files, those far outside of what is usual with the status of the quarantine; the books have the reasons first.

    A decision is about one content, so these files get a checksum in any case.
    """
    odd = quarantine.odd(file.content for file in files)
    summed = {file.filename: _summed(file) for file in files if file.filename in odd}
    reasons = quarantine.reasons([file.content for file in summed.values()])
    if reasons and not dry_run:
        quarantine.note([summed[name].content for name in reasons], reasons)
    result.quarantined += [summed[name].path for name in reasons]
    judged = [summed.get(file.filename, file) for file in files]
    return [replace(file, status=QUARANTINED) if file.filename in reasons else file for file in judged]


def _summed(file: OutputFile) -> OutputFile:
    """The file with its checksum; without one if it cannot be read any more."""
    if file.md5 is not None:
        return file
    with suppress(OSError):
        return replace(file, md5=_md5(Path(file.path)))
    return file


def _known(filecatalog: Database, names: list[str]) -> set[str]:
    return filecatalog.read(lambda tx: set(tx.column("produced_files", names=names)))


def _insert(filecatalog: Database, rule: Rule, files: Sequence[OutputFile]) -> int:
    site = rule.site
    rows = [
        file.row() | {"host": site.file_host_of(file.path), "mtime": site.catalog_clock.hands(file.mtime)}
        for file in files
    ]

    def work(tx: Transaction) -> int:
        added = tx.run("register_datasets", rows=rows, dataset=rule.params.dataset, tag=rule.outtriplet)
        tx.run("register_files", rows=rows)
        return added

    return filecatalog.write(work)


def _files(names: OutputNames, selection: RunSelection, result: Registration) -> Iterator[OutputFile]:
    """The rule's files of the selected runs; other files are noted."""
    for place in _places(names.layout, selection):
        try:
            with os.scandir(place.directory) as entries:
                for entry in entries:
                    yield from _belonging(entry, place, names, selection, result)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            result.unreadable.append(place.directory)


def _belonging(
    entry: os.DirEntry[str], place: _Place, names: OutputNames, selection: RunSelection, result: Registration
) -> Iterator[OutputFile]:
    """The entry, if it is a file of the rule in its own directory and of a selected run. Links are not followed."""
    if entry.is_dir(follow_symlinks=False):
        return
    found = _read(entry.name, place, names)
    if found is None or not entry.is_file(follow_symlinks=False):
        result.strangers.append(entry.path)
    elif found.run in selection:
        yield OutputFile(entry.name, entry.path, found.run, found.segment, found.dsttype)


def _read(filename: str, place: _Place, names: OutputNames) -> OutputKind | None:
    """Dsttype, run and segment of a file that a job of the rule leaves in a directory: its own output, or another kind."""
    layout, fields = names.layout, names.parse(filename)
    other = names.other_kind(filename) if fields is None else None
    if fields is not None:
        job = Job(int(fields["run"]), int(fields["seg"]), 0, 0, place.host, place.leaf)
        segment = names.segment(filename) if filename in layout.filenames(job) else None
    elif other is not None:
        job = Job(other.run, other.segment // layout.outputs_per_job, 0, 0, place.host, place.leaf)
        segment = other.segment
    else:
        return None
    if segment is None or layout.value("outdir", layout.fields(job)) != place.directory:
        return None
    return other or OutputKind(place.dsttype, job.run, segment)


def _places(layout: Layout, selection: RunSelection) -> Iterator[_Place]:
    """The directories that can hold outputs of the selected runs, each once."""
    rule = layout.rule
    if rule.by_query:
        raise RuleError(
            "outputs of a rule with a query of its own cannot be found from the runs alone",
            where=f"{rule.file}: rule {rule.name}",
            todo="the jobs have to register them",
        )
    used = set(placeholders(layout.formats["outdir"]))
    if used & _UNKNOWABLE:
        raise RuleError(
            f"job.filesystem.outdir: a directory by {{{min(used & _UNKNOWABLE)}}} cannot be found from the runs alone",
            where=f"{rule.file}: rule {rule.name}",
        )
    step = 1 if used & _PER_RUN else _GROUP
    firsts = dict.fromkeys(
        first for low, high in selection.spans for first in range(low // step * step, high + 1, step)
    )
    hosts = [(host.name, host.leaf) for host in rule.dsttype.hosts] if rule.combining else [("", "")]
    for host, leaf in hosts:
        seen = set()
        for first in firsts:
            fields = layout.fields(Job(first, 0, 0, 0, host, leaf))
            directory = layout.value("outdir", fields)
            if directory not in seen:
                seen.add(directory)
                yield _Place(directory, leafdir(rule.params.dsttype, leaf), host, leaf)


def _measured(file: OutputFile, with_md5: bool, count: Counter | None, result: Registration) -> OutputFile | None:
    """The file with its size, time, md5 and events; None if it is empty, changes while it is read, or cannot be read."""
    path = Path(file.path)
    try:
        before = path.lstat()
        if not before.st_size:
            result.empty.append(file.path)
            return None
        md5 = _md5(path) if with_md5 else None
        events = count(file.path) if count else None
        after = path.lstat()
    except OSError:
        result.unreadable.append(file.path)
        return None
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
        result.changing.append(file.path)
        return None
    if count and events is None:
        result.uncounted.append(file.path)
    return replace(file, size=after.st_size, mtime=int(after.st_mtime), md5=md5, events=events)


def _md5(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _warn(result: Registration) -> None:
    """One line for each kind of file that is left out, or lacks something."""
    for paths, words in (
        (result.strangers, "left out, as they do not belong to the rule"),
        (result.empty, "left out, as they are empty"),
        (result.changing, "left out, as they are being written"),
        (result.unreadable, "left out, as they cannot be read"),
        (result.quarantined, "in quarantine (prodcli quarantine list)"),
        (result.uncounted, "registered without events, as they have no tree T that can be read"),
    ):
        if paths:
            named = ", ".join(one_line(path) for path in paths[:_NAMED])
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            log.warning("%d %s: %s%s", len(paths), words, named, more)
