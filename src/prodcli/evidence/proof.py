"""Ask the file catalog about jobs, and write into the books what it proves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodcli.config.zones import CatalogClock
from prodcli.db import Database, Transaction, chunks_of, records
from prodcli.evidence.verdict import CatalogFile, JobRow, Judgement, Verdict, judge
from prodcli.states import Status

_NAMES = 20_000  # names per statement
_MOVED = (Verdict.FINISHED, Verdict.NO_OUTPUT)


@dataclass(frozen=True, slots=True)
class CatalogProof:
    """The file catalog as a witness, and the clock of its times; `grace` is in seconds since the end of a job."""

    filecatalog: Database
    grace: int
    clock: CatalogClock

    def judged(self, rows: Sequence[JobRow]) -> list[Judgement]:
        """The verdict on each of the jobs; raises DatabaseError if the catalog cannot be read."""
        files = self._files([name for row in rows for name in row.names])
        return [judge(row, files, self.grace) for row in rows]

    def _files(self, names: Sequence[str]) -> Mapping[str, Sequence[CatalogFile]]:
        def work(tx: Transaction) -> Mapping[str, Sequence[CatalogFile]]:
            found: dict[str, list[CatalogFile]] = defaultdict(list)
            for chunk in chunks_of(names, _NAMES):
                for file in tx.rows_as(self._file, "catalog_files", names=chunk):
                    found[file.filename].append(file)
            return found

        return self.filecatalog.read(work) if names else {}

    def _file(self, filename: str, status: int | None, md5: str | None, time: int | None) -> CatalogFile:
        return CatalogFile(filename, status, md5, self.clock.read(time))


def write_verdicts(tx: Transaction, judged: Sequence[Judgement]) -> int:
    """Write the states that were proved into attempts and jobs, except where they have changed since.

    Returns the number of jobs.
    """
    moves = [_move(one) for one in judged if one.verdict in _MOVED]
    if not moves:
        return 0
    rows = records(moves)
    tx.run("prove_attempts", rows=rows)
    return tx.run("prove_jobs", rows=rows)


def key_of(row: JobRow) -> dict[str, int]:
    """The attempt of a job, as statements name it."""
    return {"dbid": row.dbid, "attempt": row.attempt}


def _move(one: Judgement) -> dict[str, object]:
    old, new = one.row.state, one.state or one.row.state
    return {
        **key_of(one.row),
        "old_status": old.status,
        "old_substatus": old.substatus,
        "old_entered": old.since,
        "status": new.status,
        "substatus": new.substatus,
        "entered": new.since,
        "finished": new.since if new.status is Status.FINISHED else None,
    }
