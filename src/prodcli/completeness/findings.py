"""What a check finds beyond the events of outputs: catalog, disk and books that disagree.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from prodcli.completeness.catalog_rows import BookRow, OutputRow
from prodcli.states import Status, Substatus


class Kind(StrEnum):
    """Kinds of findings; docs/guide.md explains each."""

    UNREGISTERED = "unregistered"
    NO_FILE = "no_file"
    NO_PLACE = "no_place"
    SIZE_DIFFERS = "size_differs"
    MD5_DIFFERS = "md5_differs"
    IMPOSSIBLE_MD5 = "impossible_md5"
    QUARANTINED = "quarantined"
    ROLLOVER_GAP = "rollover_gap"
    FINISHED_WITHOUT_FILE = "finished_without_file"
    UNFINISHED_WITH_FILE = "unfinished_with_file"
    HELD_WITH_FILE = "held_with_file"


class Finding(NamedTuple):
    """One finding: the output, and in a few words what differs."""

    kind: Kind
    run: int
    segment: int
    filename: str
    detail: str


_DECIDED = (Substatus.REMOVED, Substatus.PARKED)  # a person said so of the job, whatever its output
Sizes = Mapping[str, int]  # of files on disk in bytes, by path
JobKey = tuple[int, str, int]  # run, dsttype and segment of a unit
NamesOf = Callable[[BookRow], Sequence[str]]  # the outputs of a row's job


def of_entries(outputs: Iterable[OutputRow], sizes: Sizes | None, unseen: Callable[[str], bool]) -> Iterator[Finding]:
    """Entries of the file catalog that disagree with the disk; None: nobody looked at the disk.

    `unseen` is true for a path whose folder could not be read.
    """
    for row in outputs:
        status = 1 if row.status is None else row.status
        if status < 0:
            yield Finding(Kind.QUARANTINED, row.run, row.segment, row.filename, f"status {status}")
        elif status and sizes is not None:
            if row.path is None:
                yield Finding(Kind.NO_PLACE, row.run, row.segment, row.filename, "the file catalog has no path")
            elif not unseen(row.path):
                yield from _of_file(row, row.path, sizes)


def _of_file(row: OutputRow, path: str, sizes: Sizes) -> Iterator[Finding]:
    there = sizes.get(path)
    if there is None:
        yield Finding(Kind.NO_FILE, row.run, row.segment, row.filename, path)
        return
    wrong = {size for size in (row.size, row.file_size) if size is not None and size != there}
    if wrong:
        told = f"{path} has {there} bytes, the file catalog says {', '.join(map(str, sorted(wrong)))}"
        yield Finding(Kind.SIZE_DIFFERS, row.run, row.segment, row.filename, told)


def of_gaps(outputs: Iterable[OutputRow], each: int, name: Callable[[int, int], str]) -> Iterator[Finding]:
    """Segments that a job of several outputs has left out: the segments before its last one that have no entry.

    `each` is the number of outputs of a job, and `name` makes the file name of a run and segment.
    """
    if each == 1:
        return
    present = {(row.run, row.segment) for row in outputs}
    last: dict[tuple[int, int], int] = {}
    for run, segment in present:
        job = run, segment // each
        last[job] = max(segment, last.get(job, 0))
    for (run, number), segment in sorted(last.items()):
        for gap in range(number * each, segment):
            if (run, gap) not in present:
                yield Finding(Kind.ROLLOVER_GAP, run, gap, name(run, gap), f"the job also made segment {segment}")


def of_books(
    rows: Iterable[BookRow], catalogued: Collection[str], on_disk: Collection[str], names: NamesOf
) -> Iterator[Finding]:
    """Rows of the books that the outputs contradict.

    `catalogued` are registered outputs, `on_disk` unregistered files; `names` gives the outputs of a row's job.
    """
    for row in rows:
        outputs = names(row)
        if row.status == Status.FINISHED:
            if not any(name in catalogued or name in on_disk for name in outputs):
                yield Finding(Kind.FINISHED_WITHOUT_FILE, row.run, row.segment, row.filename, "the books say finished")
        elif row.substatus not in _DECIDED and any(name in catalogued for name in outputs):
            kind = Kind.HELD_WITH_FILE if is_held(row) else Kind.UNFINISHED_WITH_FILE
            yield Finding(kind, row.run, row.segment, row.filename, f"the books say {row.state}")


def is_held(row: BookRow) -> bool:
    """True for a job that is held, and not parked."""
    return row.status == Status.HELD and row.substatus not in _DECIDED


def of_rows_without_output(
    rows: Iterable[BookRow], present: Collection[str], names: NamesOf
) -> Iterator[tuple[JobKey, BookRow]]:
    """The rows of the books whose job has no output, registered or not, by the unit of the job."""
    for row in rows:
        if not any(name in present for name in names(row)):
            yield (row.run, row.dsttype, row.segment), row


def outputs_expected(rows: Iterable[BookRow]) -> int:
    """How many outputs the books expect: `maxjobsexpected` once for each run and dsttype, as each row of a run has it."""
    of_run: dict[tuple[int, str], int] = {}
    for row in rows:
        of_run[row.run, row.dsttype] = max(row.most_expected, of_run.get((row.run, row.dsttype), 0))
    return sum(of_run.values())
