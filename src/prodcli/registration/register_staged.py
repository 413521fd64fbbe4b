"""Register staged files: rows in the file catalog first, committed together, then the final names.

An interrupted registration is repeated: rows that exist are refreshed, and a file that lacks its final name gets it. Several
processes may register files of one production at the same time:

- the rows of a chunk are compared with the disk and written by one process at a time, while the rows are locked
- a file gets its name while its row is locked, and only if the row is that of the file
- a file whose row another process has overwritten meanwhile is superseded if the other file is newer, else registered again
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import chain

from prodcli.db import Database, Transaction, chunks_of
from prodcli.db.queries import records
from prodcli.fault_points import reached
from prodcli.registration.catalog_changes import Changes, Place, by_name, changes, is_overtaken, newest
from prodcli.registration.lost_places import is_gone
from prodcli.registration.production import OutputName, Production
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
    return _together(
        _of_files(_register_outputs, chunk, examiner, filecatalog, quarantine) for chunk in chunks_of(files, CHUNK)
    )


def plan_staged(
    files: Sequence[StagedFile], production: Production, filecatalog: Database, quarantine: Quarantine | None = None
) -> Registered:
    """What register_staged would do, with the present names of superseded files; changes nothing."""
    examiner = Examiner(production)
    return _together(
        _of_files(_plan_outputs, chunk, examiner, filecatalog, quarantine) for chunk in chunks_of(files, CHUNK)
    )


def examined(file: StagedFile, name: OutputName, examiner: Examiner) -> Output | LeftOut:
    """The output of a staged file, or the reason why it cannot be registered."""
    try:
        return examiner.examine(file, name)
    except ValueError as reason:
        return LeftOut(file.path, str(reason))
    except OSError as failure:
        return LeftOut(file.path, f"cannot be registered: {failure.strerror}", failed=True)


def _plan_outputs(
    outputs: Sequence[Output], production: Production, filecatalog: Database, quarantine: Quarantine | None
) -> Registered:
    """What _register_outputs would do."""
    best, older = newest(outputs)
    if quarantine is not None:
        best = _judged(best, quarantine.reasons([one.content for one in best]))
    found = filecatalog.read(lambda tx: _compared(tx, "file_rows", production, best))
    beaten = tuple(one.staged.path for one in (*older, *found.superseded))
    return Registered(found.new, found.refreshed, found.same, beaten)


def plan_chunks(
    chunks: Iterable[Sequence[Output]], production: Production, filecatalog: Database, quarantine: Quarantine | None
) -> Iterator[Registered]:
    """What register_chunks would do, chunk by chunk; changes nothing."""
    return (_plan_outputs(outputs, production, filecatalog, quarantine) for outputs in chunks)


def _register_outputs(
    outputs: Sequence[Output], production: Production, filecatalog: Database, quarantine: Quarantine | None
) -> Registered:
    """Register examined outputs, at most CHUNK."""
    return _named(_catalogued(outputs, production, filecatalog, quarantine), production, filecatalog)


def register_chunks(
    chunks: Iterable[Sequence[Output]], production: Production, filecatalog: Database, quarantine: Quarantine | None
) -> Iterator[Registered]:
    """Register examined outputs chunk by chunk, as register_staged does; the results come in the same order.

    A thread gives the files of a chunk their names while the rows of the next chunk are written. Chunks that have files of
    the same output come one after the other: whether a row's file is gone is only known when the file has its name. So do
    all chunks in SQLite, which has one writer at any time.
    """
    alone = filecatalog.dialect == "sqlite"
    with closing(filecatalog.another()) as other, ThreadPoolExecutor(1, "names") as thread:
        before: tuple[Future[Registered], set[str]] | None = None
        for outputs in chunks:
            names = _names(outputs)
            if before is not None and (alone or not names.isdisjoint(before[1])):
                before[0].result()
            rows = _catalogued(outputs, production, filecatalog, quarantine)
            if before is not None:
                yield before[0].result()
            before = thread.submit(_named, rows, production, other), names
        if before is not None:
            yield before[0].result()


@dataclass(frozen=True)
class _Catalogued:
    """Outputs whose rows are written, and older files of these outputs; none of the files has its final name yet."""

    changes: Changes
    older: list[Output]


def _catalogued(
    outputs: Sequence[Output], production: Production, filecatalog: Database, quarantine: Quarantine | None
) -> _Catalogued:
    """Write the rows of outputs."""
    best, older = newest(outputs)
    if quarantine is not None:
        best = _noted(best, quarantine, filecatalog)
    reached("staged.examined")
    found = filecatalog.write(lambda tx: _catalogue(tx, production, best))
    reached("staged.catalogued")
    return _Catalogued(found, older)


def _named(rows: _Catalogued, production: Production, filecatalog: Database) -> Registered:
    """Give the files of rows their final names, and older files names that say so."""
    done = rows.changes
    named = filecatalog.write(lambda tx: _name(tx, production, done))
    reached("staged.settled")
    again = _names(named.overwritten)
    waiting = again | {one.output.staged.filename for one in named.failed}
    aside = [*named.superseded, *(one.staged for one in done.superseded), *_beaten(rows.older, waiting)]
    kept, stuck = _set_aside(aside)
    registered = Registered(
        _without(done.new, named),
        _without(done.refreshed, named),
        _without(done.same, named),
        (*named.kept, *kept),
        (*(one.why for one in named.failed), *stuck),
    )
    if not again:
        return registered
    outputs = [*named.overwritten, *(one for one in rows.older if one.staged.filename in again)]
    return _together([registered, _register_outputs(outputs, production, filecatalog, None)])


def _of_files(
    act: Callable[[Sequence[Output], Production, Database, Quarantine | None], Registered],
    files: Sequence[StagedFile],
    examiner: Examiner,
    filecatalog: Database,
    quarantine: Quarantine | None,
) -> Registered:
    """Examine files, and act on their outputs; files left out are in the result."""
    found = [_examined(file, examiner) for file in files]
    outputs = [one for one in found if isinstance(one, Output)]
    done = act(outputs, examiner.production, filecatalog, quarantine)
    return replace(done, left_out=(*(one for one in found if isinstance(one, LeftOut)), *done.left_out))


def _examined(file: StagedFile, examiner: Examiner) -> Output | LeftOut:
    try:
        name = examiner.production.parse(file.filename)
    except ValueError as reason:
        return LeftOut(file.path, str(reason))
    return examined(file, name, examiner)


def _together(parts: Iterable[Registered]) -> Registered:
    done = list(parts)
    return Registered(
        *(tuple(chain.from_iterable(getattr(one, part.name) for one in done)) for part in fields(Registered))
    )


def _judged(outputs: Sequence[Output], reasons: Mapping[str, str]) -> list[Output]:
    """The outputs, those with a reason with the status of the quarantine."""
    return [one._replace(status=QUARANTINED) if one.staged.filename in reasons else one for one in outputs]


def _noted(outputs: Sequence[Output], quarantine: Quarantine, filecatalog: Database) -> list[Output]:
    """The outputs with their status; the books have the reasons first, so that a status never lacks its reason."""
    reasons = quarantine.reasons([one.content for one in outputs])
    if not reasons:
        return list(outputs)
    odd = [output for output in outputs if output.staged.filename in reasons]
    found = filecatalog.read(lambda tx: _compared(tx, "file_rows", quarantine.production, odd))
    quarantine.note([one.content for one in (*found.new, *found.refreshed)], reasons)
    return _judged(outputs, reasons)


def _compared(tx: Transaction, query: str, production: Production, outputs: Sequence[Output]) -> Changes:
    return changes(outputs, _known(tx, query, production, outputs), partial(is_gone, production.site))


def _known(tx: Transaction, query: str, production: Production, outputs: Sequence[Output]) -> dict[str, list[Place]]:
    """The rows of the files of outputs, by file name."""
    names = sorted(_names(outputs))
    return by_name(tx.rows_as(Place, query, names=names, dataset=production.dataset))


def _catalogue(tx: Transaction, production: Production, outputs: Sequence[Output]) -> Changes:
    """Write the rows of outputs, one process at a time for a production."""
    tx.one("lock_production", dataset=production.dataset, tag=production.tag)
    found = _compared(tx, "locked_file_rows", production, outputs)
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
    """What became of the files of a chunk.

    Superseded meanwhile, without their rows because another process has overwritten or dropped them, failed, and names of
    older files that were replaced.
    """

    superseded: list[StagedFile] = field(default_factory=list)
    overwritten: list[Output] = field(default_factory=list)
    failed: list[_Failed] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def _name(tx: Transaction, production: Production, done: Changes) -> _Named:
    """Give files their final names, if their rows are still theirs; rows of files that fail say so."""
    outputs = [output for output in (*done.new, *done.refreshed, *done.same) if not output.there]
    own = set(tx.column("own_rows", rows=[output.row for output in outputs]))
    named = _lost(tx, production, [output for output in outputs if output.staged.filename not in own])
    for output in outputs:
        if output.staged.filename not in own:
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


def _lost(tx: Transaction, production: Production, outputs: Sequence[Output]) -> _Named:
    """What became of files whose rows are not theirs any more."""
    named = _Named()
    known = _known(tx, "file_rows", production, outputs) if outputs else {}
    for output in outputs:
        if is_overtaken(output, known.get(output.staged.filename, ())):
            named.superseded.append(output.staged)
        else:
            named.overwritten.append(output)
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


def _beaten(older: Sequence[Output], waiting: set[str]) -> Iterator[StagedFile]:
    """Older files of outputs whose newest file does not wait for its final name."""
    for output in older:
        if output.staged.filename not in waiting and not output.there:
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


def _names(outputs: Iterable[Output]) -> set[str]:
    return {output.staged.filename for output in outputs}


def _without(outputs: Sequence[Output], named: _Named) -> tuple[Output, ...]:
    """The outputs whose files have their final names."""
    failed = {one.output.staged.filename for one in named.failed}
    lost = failed | {one.filename for one in named.superseded} | _names(named.overwritten)
    return tuple(output for output in outputs if output.staged.filename not in lost)
