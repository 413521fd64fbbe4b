"""Ask the file catalog at harvest about jobs that ended: a registered output proves that its job has finished.

The end of a job notes that the catalog is to be asked. It is asked again, ever less often, until it knows the output, or
until it is clear that there is none.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from prodcli.db import Database, Transaction, chunks_of
from prodcli.evidence.proof import CatalogProof, key_of, write_verdicts
from prodcli.evidence.verdict import JobRow, Judgement, Verdict, next_look
from prodcli.fault_points import reached
from prodcli.progress import Progress, silent

log = logging.getLogger(__name__)
_ROWS = 20_000  # jobs per transaction
_MOST = 200_000  # jobs of a pass; the next pass goes on


@dataclass(frozen=True, slots=True)
class Proved:
    """The number of jobs that have finished by a registered output, and of jobs that made none."""

    finished: int = 0
    no_output: int = 0

    def __add__(self, other: Self) -> Self:
        return replace(self, finished=self.finished + other.finished, no_output=self.no_output + other.no_output)


def judge_due(database: Database, proof: CatalogProof, progress: Progress = silent) -> Proved:
    """Judge the jobs that are due; raises DatabaseError if books or catalog fail."""
    counts: Counter[Verdict] = Counter()
    for _ in range(0, _MOST, _ROWS):
        due = database.read(lambda tx: list(tx.rows_as(JobRow, "due_outputs", most=_ROWS)))
        if not due:
            break
        with progress(f"asking the file catalog about {len(due)} jobs"):
            judged = proof.judged(due)
            reached("evidence.found")
            _write(database, judged, proof.grace)
        counts += Counter(one.verdict for one in judged)
    return _proved(counts)


def judge_unheard(database: Database, proof: CatalogProof) -> Proved:
    """Judge live jobs whose schedds have been silent for an hour; raises DatabaseError if books or catalog fail."""
    rows = database.read(lambda tx: list(tx.rows_as(JobRow, "unheard_jobs")))
    counts: Counter[Verdict] = Counter()
    for chunk in chunks_of(rows, _ROWS):
        judged = [one for one in proof.judged(chunk) if one.verdict is Verdict.FINISHED]
        database.write(lambda tx, judged=judged: write_verdicts(tx, judged))  # type: ignore[misc]
        counts += Counter(one.verdict for one in judged)
    return _proved(counts)


def _proved(counts: Counter[Verdict]) -> Proved:
    found = Proved(counts[Verdict.FINISHED], counts[Verdict.NO_OUTPUT])
    if found.finished:
        log.info("%d jobs have finished, as their outputs are registered", found.finished)
    if found.no_output:
        log.info("%d jobs ended with 0 and made no output: they are now failed no_output", found.no_output)
    return found


def _write(database: Database, judged: Sequence[Judgement], grace: int) -> None:
    """Write the verdicts, and when the catalog is to be asked again, in one transaction."""
    settled = [one for one in judged if one.verdict in (Verdict.FINISHED, Verdict.SETTLED)]
    later = [one for one in judged if one.verdict in (Verdict.NO_OUTPUT, Verdict.WAITING)]

    def work(tx: Transaction) -> None:
        write_verdicts(tx, judged)
        if settled:
            tx.run("settle_outputs", rows=[key_of(one.row) for one in settled])
        if later:
            now = int(tx.value("database_clock"))
            rows = [{**key_of(one.row), "due": now + next_look(one.row, grace)} for one in later]
            tx.run("postpone_outputs", rows=rows)

    database.write(work)
    reached("evidence.booked")
