"""Finish jobs whose outputs are registered: by hand, and before jobs are submitted again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcli.books import actions
from prodcli.books.actions import Author
from prodcli.books.claims import Seen
from prodcli.books.job_filter import JobFilter
from prodcli.db import Database, chunks_of
from prodcli.db.schema import require_current
from prodcli.evidence.proof import CatalogProof, write_verdicts
from prodcli.evidence.verdict import JobRow, Judgement, Verdict
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection
from prodcli.verbs import FINISH

log = logging.getLogger(__name__)
_ROWS = 20_000  # jobs per transaction


@dataclass(frozen=True)
class FinishPlan:
    """The jobs that a registered output proves to have finished; and the number of other jobs, by reason."""

    proved: Sequence[Judgement] = ()
    left: Counter[str] = field(default_factory=Counter)

    @property
    def states(self) -> dict[tuple[str, str], int]:
        """The number of jobs that have finished, by their present status and substatus."""
        return dict(Counter((str(one.row.status), one.row.substatus or "") for one in self.proved))


def wanted_of(rule: Rule, runs: RunSelection, segments: RunSelection | None) -> JobFilter:
    """The jobs of a rule, in some runs and segments of outputs (None: all of them)."""
    tag, dataset, dsttype = rule.outtriplet, rule.booked_dataset, rule.params.dsttype
    return JobFilter(tags=[tag], dataset=dataset, dsttypes=[dsttype], runs=runs, segments=segments)


def plan_finish(database: Database, proof: CatalogProof, wanted: JobFilter) -> FinishPlan:
    """Find the jobs of a filter that have finished, whatever the books say; changes nothing.

    Raises DatabaseError if books or catalog cannot be read, or if a migration is due.
    """
    require_current(database)
    rows = database.read(lambda tx: list(tx.rows_as(JobRow, "unfinished_jobs", **wanted.values())))
    judged = [one for chunk in chunks_of(rows, _ROWS) for one in proof.judged(chunk)]
    proved = [one for one in judged if one.verdict is Verdict.FINISHED]
    return FinishPlan(proved, Counter(_why_left(one.row) for one in judged if one.verdict is not Verdict.FINISHED))


def finish(database: Database, plan: FinishPlan, author: Author, parameters: dict[str, str]) -> int:
    """Carry out a plan as an action of the log; returns the number of jobs.

    Jobs that changed since, and outputs of another open action, are left alone. Raises DatabaseError.
    """
    rows = {one.row.filename: _seen(one.row) for one in plan.proved if one.row.filename is not None}
    action = actions.intend_outputs(database, FINISH, rows, author, parameters)
    ours, count = set(action.outputs), 0
    try:
        count = _write(database, [one for one in plan.proved if one.row.filename in ours])
    finally:
        actions.close(database, action, f"{count} of {action.jobs} jobs have finished")
    return count


def finish_failed(database: Database, proof: CatalogProof, dbids: Sequence[int], dry_run: bool = False) -> set[int]:
    """Finish those of some failed jobs whose outputs are registered; returns their dbids.

    A dry run only returns them. Raises DatabaseError if books or catalog fail.
    """
    proved: list[Judgement] = []
    for chunk in chunks_of(sorted(dbids), _ROWS):
        rows = database.read(lambda tx, ids=chunk: list(tx.rows_as(JobRow, "failed_among", ids=ids)))  # type: ignore[misc]
        proved += [one for one in proof.judged(rows) if one.verdict is Verdict.FINISHED]
    if proved and not dry_run:
        log.info("%d failed jobs have finished, as their outputs are registered", _write(database, proved))
    return {one.row.dbid for one in proved}


def _write(database: Database, proved: Sequence[Judgement]) -> int:
    """Write the verdicts; returns the number of jobs that took them."""
    return sum(
        database.write(lambda tx, part=chunk: write_verdicts(tx, part))  # type: ignore[misc]
        for chunk in chunks_of(proved, _ROWS)
    )


def _seen(row: JobRow) -> Seen:
    return Seen(row.filename or "", row.dbid, row.status, row.substatus or "", row.attempt, None, None, None)


def _why_left(row: JobRow) -> str:
    if row.live and row.heard:
        return "their schedd has them in its queue"
    if row.staged:
        return "no output of their present attempt is registered; they staged some out (prodcli spider registers it)"
    return "no output of their present attempt is registered"
