"""Register staged files: rows in the file catalog first, committed together, then the final names.

An interrupted registration is repeated: rows that exist are refreshed, and a file that lacks its final name gets it. Several
processes may register files of one production at the same time. The rows of a chunk are written by one process at a time;
a file gets its name while its row is locked, and only if the row is that of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import chain

from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.queries import records
from prodcli.fault_points import reached
from prodcli.registration.catalog_changes import Changes, Place, by_name, changes, newest
from prodcli.registration.lost_places import is_gone
from prodcli.registration.production import Production
from prodcli.registration.quarantine import QUARANTINED, Quarantine
from prodcli.registration.staged_names import StagedFile
from prodcli.registration.staged_on_disk import Examiner, Output, move_aside, move_to_place

CHUNK = 2_000  # files per transaction


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not registered, with the reason, which follows its name in a sentence.

    `failed`: the file system refused something; the next pass may succeed.
    """

    path: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Registered:
    """The result for some staged files.

    New outputs, refreshed outputs, outputs that were registered before, files that a newer file supersedes (with their
    present names), and files left out.
    """

    new: tuple[Output, ...] = ()
    refreshed: tuple[Output, ...] = ()
    same: tuple[Output, ...] = ()
    superseded: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def quarantined(self) -> tuple[Output, ...]:
        """New and refreshed outputs that are in quarantine."""
        return tuple(output for output in self.new + self.refreshed if output.status == QUARANTINED)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """All outputs that the catalog has now, with their files at their places."""
        return self.new + self.refreshed + self.same


def register_staged(
    files: Sequence[StagedFile], production: Production, filecatalog: Database, quarantine: Quarantine | None = None
) -> Registered:
    """Register staged files of a production, CHUNK of them at a time; odd ones with the status of the quarantine.

    Raises DatabaseError; chunks before are registered then, and the files of this one keep their staged names.
    """
    examiner = Examiner(production)
    return _together(_register(chunk, examiner, filecatalog, quarantine) for chunk in chunks_of(files, CHUNK))


def plan_staged(
    files: Sequence[StagedFile], production: Production, filecatalog: Database, quarantine: Quarantine | None = None
) -> Registered:
    """What register_staged would do, with the present names of superseded files; changes nothing."""
    examiner = Examiner(production)
    return _together(_planned(chunk, examiner, filecatalog, quarantine) for chunk in chunks_of(files, CHUNK))


def _together(parts: Iterable[Registered]) -> Registered:
    done = list(parts)
    return Registered(
        *(tuple(chain.from_iterable(getattr(one, part.name) for one in done)) for part in fields(Registered))
    )


def _planned(
    files: Sequence[StagedFile], examiner: Examiner, filecatalog: Database, quarantine: Quarantine | None
) -> Registered:
    outputs, older, left_out = _examined(files, examiner)
    if quarantine is not None:
        outputs = _judged(outputs, quarantine.reasons([one.content for one in outputs]))
    found = filecatalog.read(lambda tx: _compared(tx, examiner.production, outputs))
    beaten = tuple(one.staged.path for one in (*older, *found.superseded))
    return Registered(found.new, found.refreshed, found.same, beaten, tuple(left_out))


def _register(
    files: Sequence[StagedFile], examiner: Examiner, filecatalog: Database, quarantine: Quarantine | None
) -> Registered:
    production = examiner.production
    outputs, older, left_out = _examined(files, examiner)
    if quarantine is not None:
        outputs = _noted(outputs, quarantine, filecatalog)
    reached("staged.examined")
    done = filecatalog.write(lambda tx: _catalogue(tx, production, outputs))
    reached("staged.catalogued")
    named = filecatalog.write(lambda tx: _name(tx, production, done))
    reached("staged.settled")
    failed = {one.output.staged.filename for one in named.failed}
    aside = [*named.superseded, *(one.staged for one in done.superseded), *_beaten(older, failed)]
    kept, stuck = _set_aside(aside)
    return Registered(
        _without(done.new, named),
        _without(done.refreshed, named),
        _without(done.same, named),
        (*named.kept, *kept),
        (*left_out, *(one.why for one in named.failed), *stuck),
    )


def _examined(files: Sequence[StagedFile], examiner: Examiner) -> tuple[list[Output], list[Output], list[LeftOut]]:
    """The newest file of each output, its older files, and files left out."""
    found, left_out = [], []
    for file in files:
        try:
            found.append(examiner.examine(file))
        except ValueError as reason:
            left_out.append(LeftOut(file.path, str(reason)))
        except OSError as failure:
            left_out.append(LeftOut(file.path, f"cannot be registered: {failure.strerror}", failed=True))
    return *newest(found), left_out


def _judged(outputs: Sequence[Output], reasons: Mapping[str, str]) -> list[Output]:
    """The outputs, those with a reason with the status of the quarantine."""
    return [replace(one, status=QUARANTINED) if one.staged.filename in reasons else one for one in outputs]


def _noted(outputs: Sequence[Output], quarantine: Quarantine, filecatalog: Database) -> list[Output]:
    """The outputs with their status; the books have the reasons first, so that a status never lacks its reason."""
    reasons = quarantine.reasons([one.content for one in outputs])
    if not reasons:
        return list(outputs)
    odd = [output for output in outputs if output.staged.filename in reasons]
    found = filecatalog.read(lambda tx: _compared(tx, quarantine.production, odd))
    quarantine.note([one.content for one in (*found.new, *found.refreshed)], reasons)
    return _judged(outputs, reasons)


def _compared(tx: Transaction, production: Production, outputs: Sequence[Output]) -> Changes:
    names = [output.staged.filename for output in outputs]
    known = by_name(tx.rows_as(Place, "file_rows", names=names, dataset=production.dataset))
    return changes(outputs, known, partial(is_gone, production.site))


def _catalogue(tx: Transaction, production: Production, outputs: Sequence[Output]) -> Changes:
    """Write the rows of outputs, one process at a time for a production."""
    tx.one("lock_production", dataset=production.dataset, tag=production.tag)
    found = _compared(tx, production, outputs)
    written = sorted((*found.new, *found.refreshed), key=lambda output: output.staged.filename)  # rows are locked so
    if written:
        rows = records([output.row for output in written])
        tx.run("refresh_datasets", rows=rows, dataset=production.dataset, tag=production.tag)
        tx.run("refresh_files", rows=rows)
    if found.gone:
        tx.run("drop_places", rows=[row._asdict() for row in found.gone])
    return found


@dataclass(frozen=True, slots=True)
class _Failed:
    """An output whose file did not get its name."""

    output: Output
    why: LeftOut
    vanished: bool


@dataclass
class _Named:
    """What became of the files of a chunk: superseded meanwhile, failed, and names of older files that were replaced."""

    superseded: list[StagedFile] = field(default_factory=list)
    failed: list[_Failed] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def _name(tx: Transaction, production: Production, done: Changes) -> _Named:
    """Give files their final names, if their rows are still theirs; rows of files that fail say so."""
    outputs = [output for output in (*done.new, *done.refreshed, *done.same) if not output.there]
    own = set(tx.column("own_rows", rows=[output.row for output in outputs]))
    named = _Named()
    for output in outputs:
        if output.staged.filename not in own:
            named.superseded.append(output.staged)
            continue
        try:
            kept = move_to_place(output)
        except OSError as failure:
            vanished = isinstance(failure, FileNotFoundError)
            reason = "has vanished" if vanished else f"cannot be renamed: {failure.strerror}"
            named.failed.append(_Failed(output, LeftOut(output.staged.path, reason, not vanished), vanished))
        else:
            named.kept += [kept] if kept else []
    _take_back(tx, production, named.failed)
    return named


def _take_back(tx: Transaction, production: Production, failed: Sequence[_Failed]) -> None:
    """Drop rows of files that have vanished; rows of other files without their final name have the status 0."""
    vanished = [one.output.row for one in failed if one.vanished]
    waiting = [one.output.staged.filename for one in failed if not one.vanished]
    if vanished:
        tx.run("drop_places", rows=vanished)
        tx.run("drop_homeless", names=[row["filename"] for row in vanished], dataset=production.dataset)
    if waiting:
        tx.run("take_off_disk", names=waiting, dataset=production.dataset)


def _beaten(older: Sequence[Output], failed: set[str]) -> Iterator[StagedFile]:
    """Older files of outputs whose newest file has its final name."""
    for output in older:
        if output.staged.filename not in failed and not output.there:
            yield output.staged


def _set_aside(files: Sequence[StagedFile]) -> tuple[list[str], list[LeftOut]]:
    """Give superseded files names that say so; returns these names, and files that keep their names."""
    kept, stuck = [], []
    for file in files:
        try:
            move_aside(file)
        except OSError as failure:
            stuck.append(LeftOut(file.path, f"is superseded, and cannot be renamed: {failure.strerror}", failed=True))
        else:
            kept.append(file.aside)
    return kept, stuck


def _without(outputs: Sequence[Output], named: _Named) -> tuple[Output, ...]:
    """The outputs whose files have their final names."""
    lost = {one.output.staged.filename for one in named.failed} | {one.filename for one in named.superseded}
    return tuple(output for output in outputs if output.staged.filename not in lost)
