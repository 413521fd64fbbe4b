"""A harvest pass from end to end: settle the claims of killed passes, then harvest every schedd."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.batch import Batch
from prodcli.books.claimant import myself
from prodcli.books.claims import Books
from prodcli.books.rollup import Totals, fold, totals
from prodcli.data_states.finalizing import finalize_data, reopen_data_at_work
from prodcli.db import Database
from prodcli.db.schema import require_current
from prodcli.diagnosis.book_failures import keep_failures
from prodcli.error_catalog.read_catalog import built_in_catalog
from prodcli.errors import BatchError, DatabaseError, TransientDatabaseError
from prodcli.estimates.past import keep_estimates
from prodcli.evidence.due_outputs import Proved, judge_due, judge_unheard
from prodcli.evidence.proof import CatalogProof
from prodcli.harvest.harvest import Harvest, Sweeping, harvest
from prodcli.job_reports.older_quality import fill_in_older_quality
from prodcli.job_reports.read_reports import read_reports
from prodcli.nodes.excluded import catch_up
from prodcli.progress import Progress, silent
from prodcli.reconcile.settle_claims import settle_dead_claims

if TYPE_CHECKING:
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.harvest.register_reported import ReportedOutputs

log = logging.getLogger(__name__)


def run(
    database: Database,
    batch: Batch,
    lost_grace: int,
    sweeping: Sweeping | None = None,
    progress: Progress = silent,
    proof: CatalogProof | None = None,
    reported: ReportedOutputs | None = None,
    name: Callable[[str], str] = str,
    catalog: ErrorCatalog | None = None,
) -> Harvest:
    """Harvest; raises BatchError only if no schedd answers.

    With `proof` the file catalog is asked about jobs whose outputs are registered; with `reported` outputs are registered
    that jobs report. `name` gives the name under which estimates have the dsttypes of host leaves. `catalog` names what
    jobs died of; without one it is the built-in catalog.
    """
    require_current(database)
    before = _totals_before(database)
    settle_dead_claims(Books(database), batch, myself())
    found = harvest(database, batch, lost_grace, sweeping, progress)
    read_reports(database, progress, reported.register if reported else None)
    proved = _proved(database, proof, progress, bool(found.swept or found.silent)) if proof else Proved()
    fill_in_older_quality(database)
    keep_failures(database, catalog or built_in_catalog(), progress)
    fold(database)
    found = replace(found, before=before, totals=totals(database), proved=proved)
    if found.silent and len(found.silent) == len(batch.schedds()):
        by_catalog = f"only the file catalog was heard: {proved.finished} jobs have finished"
        todo = f"{by_catalog if proved.finished else 'the books are unchanged'}; try again"
        raise BatchError(f"no schedd answers: {'; '.join(found.silent.values())}", todo=todo)
    if proof is not None and found.swept:
        _follow_data(database, proof.filecatalog)
    _estimate(database, name)
    told = catch_up(database, batch, [name for name in batch.schedds() if name not in found.silent], found.swept)
    for schedd, why in told.failed.items():
        log.warning("%s: its jobs do not know the excluded nodes yet: %s", schedd, why)
    for (status, substatus), count in sorted(found.moves.items()):
        log.info("harvest: %d now %s %s", count, status, substatus)
    if found.missing or found.lost:
        log.info("harvest: %d missing, %d lost", found.missing, found.lost)
    return found


def _proved(database: Database, proof: CatalogProof, progress: Progress, unheard_too: bool) -> Proved:
    """What the file catalog proves; nothing, with a warning, if it cannot be read."""
    try:
        proved = judge_due(database, proof, progress)
        return proved + judge_unheard(database, proof) if unheard_too else proved
    except DatabaseError as failure:
        log.warning("the file catalog was not asked about outputs: %s", failure)
        return Proved()


def _follow_data(database: Database, filecatalog: Database) -> None:
    """Write states of data that follow from jobs and outputs; a failure is a warning, as the next sweep looks again."""
    try:
        opened, finalized = reopen_data_at_work(database), finalize_data(database, filecatalog)
    except DatabaseError as failure:
        log.warning("the states of data are not followed up: %s", failure)
        return
    if opened or finalized:
        log.info("harvest: data of %d runs and dsttypes finalized, of %d open again", finalized, opened)


def _estimate(database: Database, name: Callable[[str], str]) -> None:
    """Keep estimates of when open jobs will have ended; a failure is a warning, as nothing else needs them."""
    try:
        kept = keep_estimates(database, name)
    except DatabaseError as failure:
        log.warning("no estimates are kept: %s", failure)
        return
    if kept:
        log.info("harvest: %d estimates kept", kept)


def _totals_before(database: Database) -> Totals:
    """The totals before a pass; none for a role that may not read them, which `fold` reports after the pass."""
    try:
        return totals(database)
    except TransientDatabaseError:
        raise
    except DatabaseError:
        return {}
