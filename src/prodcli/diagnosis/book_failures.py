"""Write failures with their signatures into the books: what the jobs died of that got into trouble since the last pass.

Triggers note such jobs. A pass takes the newest notes first, and forgets them in the transaction that writes the failures,
so that a pass that is killed does the same work again. A file is read once; its signature stays when it is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import NamedTuple

from prodcli.batch.node_list import node_of
from prodcli.db import Database, Transaction, records
from prodcli.diagnosis.failed_step import RESTLESS, FailedStep, FailureSignature, signature_of
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.error_files import ends_of_files
from prodcli.errors import DatabaseError
from prodcli.fault_points import reached
from prodcli.progress import Progress, silent

log = logging.getLogger(__name__)
_ROWS = 1_000  # notes per transaction
_SECONDS = 30.0  # for a pass; the next pass goes on
_LOCK = "prodcli failures"
_KEY = ("dbid", "attempt", "step")
_COLUMNS = (
    *_KEY,
    *("entered", "retried", "won", "runnumber", "segment", "rulename", "tag", "dataset", "dsttype"),
)


@dataclass(frozen=True, slots=True)
class FailuresBooked:
    """The number of failures that were written or corrected, and whether others are left for the next pass."""

    written: int = 0
    left: bool = False


def book_failures(
    database: Database, catalog: ErrorCatalog, progress: Progress = silent, seconds: float = _SECONDS
) -> FailuresBooked:
    """Write the failures that are due, for so many seconds; raises DatabaseError if the books cannot be written."""
    until, written = time.monotonic() + seconds, 0
    while due := database.read(lambda tx: list(tx.rows_as(_Note, "failures_due", most=_ROWS))):
        with progress(f"looking at failures ({written} written)"):
            written += _book(database, catalog, due, until)
        if time.monotonic() >= until:
            log.info("more failures are to be looked at: the next pass goes on")
            return FailuresBooked(written, database.read(lambda tx: tx.one("failures_are_due")) is not None)
    return FailuresBooked(written)


def keep_failures(database: Database, catalog: ErrorCatalog, progress: Progress = silent) -> None:
    """Write the failures that are due; what cannot be written is a warning, as the next pass does the same."""
    try:
        booked = book_failures(database, catalog, progress)
    except DatabaseError as failure:
        log.warning("what jobs died of is not written: %s", failure)
        return
    if booked.written:
        log.info("%d failures written%s", booked.written, ", others are left" if booked.left else "")


class _Note(NamedTuple):
    """A note that a job is to be looked at."""

    id: int
    dbid: int


def _book(database: Database, catalog: ErrorCatalog, notes: Sequence[_Note], until: float) -> int:
    """Look at some jobs, and write what they died of; returns the number of failures.

    Files are read before the transaction. In it the books are read again, as another pass may have written meanwhile.
    """
    dbids = sorted({note.dbid for note in notes})
    ends = ends_of_files(
        {step.err for step in database.read(lambda tx: _steps(tx, dbids)) if step.err and step.is_to_be_read}, until
    )
    reached("failures.read")

    def work(tx: Transaction) -> int:
        tx.run("lock_claims", lock=_LOCK)
        steps = _steps(tx, dbids)
        left = {step.dbid for step in steps if step.is_to_be_read and step.err and step.err not in ends}
        written = _write(tx, catalog, [step for step in steps if step.dbid not in left], ends)
        tx.run("settle_failures", ids=[note.id for note in notes if note.dbid not in left])
        return written

    written = database.write(work)
    reached("failures.booked")
    return written


def _steps(tx: Transaction, dbids: Sequence[int]) -> list[FailedStep]:
    return list(tx.rows_as(FailedStep, "failed_steps", ids=dbids, restless=RESTLESS))


def _write(tx: Transaction, catalog: ErrorCatalog, steps: Sequence[FailedStep], ends: Mapping[str, str]) -> int:
    """Write what steps of attempts died of, and forget those that are in no trouble after all; returns the number written."""
    failed = [step for step in steps if step.state is not None]
    found = [
        (step, signature_of(step, ends.get(step.err or "", ""), catalog)) for step in failed if not step.keeps_signature
    ]
    ids, machines = _signature_ids(tx, found), _machine_ids(tx, failed)
    rows = [_row(step, ids[_hash(signature)], machines) for step, signature in found]
    rows += [_row(step, step.signature_id, machines) for step in failed if step.keeps_signature]
    if rows:
        tx.run("write_failures", rows=records(rows))
    fine = [step for step in steps if step.state is None and step.signature_id is not None]
    if fine:
        tx.run("remove_failures", rows=[{name: getattr(step, name) for name in _KEY} for step in fine])
    return len(rows)


def _signature_ids(tx: Transaction, found: Sequence[tuple[FailedStep, FailureSignature]]) -> Mapping[str, int]:
    """The ids of signatures by hash; new ones are written."""
    first: dict[str, dict[str, object]] = {}
    for step, signature in sorted(found, key=lambda one: one[0].entered):
        key = _hash(signature)
        first.setdefault(key, {**asdict(signature), "hash": key, "first_seen": step.entered})
    if not first:
        return {}
    ids: dict[str, int] = dict(tx.rows("signature_ids", hashes=list(first)))
    new = [row for key, row in first.items() if key not in ids]
    if new:
        tx.run("insert_signatures", rows=records(new))
        ids |= dict(tx.rows("signature_ids", hashes=[row["hash"] for row in new]))
    return ids


def _hash(signature: FailureSignature) -> str:
    """A name of the signature that stays when an entry is added to the catalog later."""
    return sha256("\0".join((signature.state, signature.code, signature.text, signature.entry)).encode()).hexdigest()[
        :20
    ]


def _machine_ids(tx: Transaction, failed: Sequence[FailedStep]) -> Mapping[str, int]:
    """The ids of the nodes of failures; what jobs reported of the nodes is written, the last report counts."""
    nodes: dict[str, dict[str, object]] = {}
    for step in sorted(failed, key=lambda one: (one.reported, one.entered)):
        if step.node:
            seen = step.entered if step.reported else None
            about = {"site": step.site, "cpu_model": step.cpu_model, "seen": seen}
            nodes[node_of(step.node)] = {"node": node_of(step.node), **about}
    if not nodes:
        return {}
    tx.run("write_machines", rows=records([nodes[node] for node in sorted(nodes)]))
    return dict(tx.rows("machine_ids", nodes=list(nodes)))


def _row(step: FailedStep, signature_id: int | None, machines: Mapping[str, int]) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(step, name) for name in _COLUMNS}
    node = node_of(step.node) if step.node else None
    hour = step.entered % 86_400 // 3600
    return row | {"signature_id": signature_id, "node": node, "machine_id": machines.get(node or ""), "hour": hour}
