"""What the file catalog proves of a job: that it has finished, or that it made nothing.

The catalog knows names, times and md5s of files, and no attempts. A file is of the present attempt if its md5 is the one
that the attempt reported, or if it was made after the attempt was submitted.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prodcli.names import names_from
from prodcli.states import State, Status, Substatus, failed_without_output, finished_by_output

SOON = 60  # seconds until the catalog is asked again about a job; later as long as was waited
_DAY = 86_400
GIVE_UP = 30 * _DAY  # seconds after its end that the catalog is asked about a job


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with its current attempt as in the books; times in seconds since 1970, `age` in seconds since its end.

    `outputs` is its number of output files; `md5` is the md5 of its first output, and `staged` the number of files that
    it staged out, both as it reported. `heard` is 1 if its schedd told its whole queue lately.
    """

    dbid: int
    attempt: int
    filename: str | None
    outputs: int | None
    status: str | None
    substatus: str | None
    entered: int
    exit_code: int | None
    submitted: int | None
    md5: str | None
    staged: int | None
    heard: int
    age: int

    @property
    def state(self) -> State:
        """The state of the attempt."""
        return State(Status(self.status or Status.FAILED), Substatus(self.substatus or ""), self.entered)

    @property
    def live(self) -> bool:
        """True if the batch system may still have the job."""
        return self.status not in (Status.FAILED, Status.FINISHED)

    @property
    def names(self) -> list[str]:
        """The file names of all its outputs; none for a row that has gone, or without a name."""
        return [] if self.filename is None else names_from(self.filename, self.outputs or 1)


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A file of the catalog: `time` in seconds since 1970; status 1 is on disk."""

    filename: str
    status: int | None
    md5: str | None
    time: int | None


class Verdict(StrEnum):
    """What is known of a job."""

    FINISHED = "finished"  # a registered output proves it
    NO_OUTPUT = "no_output"  # it ended with 0, and the grace is over
    SETTLED = "settled"  # there is nothing more to learn
    WAITING = "waiting"  # the catalog may know more later


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a job, and the state that follows from it."""

    row: JobRow
    verdict: Verdict
    state: State | None = None


def judge(row: JobRow, files: Mapping[str, Sequence[CatalogFile]], grace: int) -> Judgement:
    """Judge a job by the files of the catalog, by name."""
    known = [file for name in row.names for file in files.get(name, ())]
    own = [file for file in known if _is_of_attempt(row, file)]
    if len({file.filename for file in own}) >= _enough(row) and not (row.live and row.heard):
        made = max((file.time for file in own if file.time is not None), default=row.entered)
        state = finished_by_output(row.state, made) if own else None
        if state is not None:
            return Judgement(row, Verdict.FINISHED, state)
    if row.status == Status.FINISHED:
        return _of_finished(row, bool(known or row.staged), grace)
    over = not row.names or row.substatus == Substatus.REMOVED or row.age >= GIVE_UP
    return Judgement(row, Verdict.SETTLED if over else Verdict.WAITING)


def next_look(row: JobRow, grace: int) -> int:
    """In how many seconds the catalog is to be asked again."""
    wait = min(_DAY, max(SOON, row.age))
    return min(wait, max(1, grace - row.age)) if grace > row.age else wait


def _of_finished(row: JobRow, has_output: bool, grace: int) -> Judgement:
    state = failed_without_output(row.state, row.exit_code)
    if has_output or state is None:
        return Judgement(row, Verdict.SETTLED)
    return Judgement(row, Verdict.NO_OUTPUT, state) if row.age >= grace else Judgement(row, Verdict.WAITING)


def _enough(row: JobRow) -> int:
    """How many outputs prove that a job has finished.

    Of several outputs any one does, unless the job ended with a code of its own: it may have broken off between two.
    """
    return max(1, len(row.names)) if row.exit_code is not None else 1


def _is_of_attempt(row: JobRow, file: CatalogFile) -> bool:
    if file.status is None or file.status <= 0:
        return False
    if row.md5 and file.md5 and file.filename == row.filename:
        return row.md5.lower() == file.md5.lower()
    return file.time is not None and row.submitted is not None and file.time >= row.submitted
