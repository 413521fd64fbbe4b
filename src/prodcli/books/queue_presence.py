"""Whether the jobs of rows are gone: only their own schedds can tell.

A schedd answers for its queue, jobs that wait to be materialized included. Rows of older tools do not name their
schedd: then every schedd must answer, and none may have a job of that number, of any owner.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import TYPE_CHECKING

from prodcli.batch.parallel import ask_each
from prodcli.errors import BatchError
from prodcli.states import Status

if TYPE_CHECKING:
    from prodcli.batch import Batch, ProcId
    from prodcli.books.claims import Seen

IN_QUEUE = "in a queue (prodcli clear-held or prodcli kill removes them)"
PERHAPS = "of an older tool, and a queue has a job of that number (condor_rm removes it, if it is theirs)"
_PATIENCE, _PAUSE = 60.0, 0.3  # seconds to wait until removed jobs have left the queue
CLAIMED = "a pass is at work on them (prodcli reconcile settles what a killed one left)"


@dataclass(frozen=True)
class Gone:
    """Rows whose jobs are gone; for other rows the reason, by dbid; of those, `queued` rows have a job in a queue.

    `silent` schedds did not answer, each with the reason.
    """

    rows: tuple[Seen, ...]
    left: dict[int, str]
    queued: tuple[Seen, ...]
    silent: dict[str, str]


def ask_for(batch: Batch, seen: Sequence[Seen]) -> Gone:
    """Ask the schedds of rows for their jobs, each schedd once; raises BatchError only if the schedds are unknown."""
    known = batch.schedds() if seen else []
    queues, silent = _queues(batch, known, seen)
    left: dict[int, str] = {}
    for row in seen:
        if why := _why_not(row, known, queues):
            left[row.dbid] = why
    there = [row for row in seen if left.get(row.dbid) == IN_QUEUE]
    return Gone(tuple(row for row in seen if row.dbid not in left), left, tuple(there), silent)


def wait_until_gone(batch: Batch, schedd: str, ids: Collection[ProcId]) -> None:
    """Wait until removed jobs have ended and left the queue, at most a minute."""
    deadline = time.monotonic() + _PATIENCE
    while not batch.living(schedd).isdisjoint(ids) and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _queues(batch: Batch, known: Sequence[str], seen: Sequence[Seen]) -> tuple[dict[str, set[ProcId]], dict[str, str]]:
    """The jobs in the queues of these schedds, and the silent schedds.

    Only prodcli's jobs, unless a row has no schedd.
    """
    unplaced = any(row.schedd is None for row in seen)
    wanted = [schedd for schedd in known if unplaced or any(row.schedd == schedd for row in seen)]
    question = "in_queue" if unplaced else "living"
    queues: dict[str, set[ProcId]] = {}
    silent: dict[str, str] = {}
    for schedd, answer in ask_each(batch, {schedd: methodcaller(question, schedd) for schedd in wanted}):
        if isinstance(answer, BatchError):
            silent[schedd] = str(answer)
        else:
            queues[schedd] = answer
    return queues, silent


def _why_not(row: Seen, known: Sequence[str], queues: dict[str, set[ProcId]]) -> str:
    """The reason why a row's job may not be gone; empty if it is gone."""
    if row.status == Status.SUBMITTING and row.schedd is not None:
        return CLAIMED
    asked = known if row.schedd is None else [row.schedd]
    for schedd in asked:
        if schedd not in known:
            return f"schedd {schedd} is not in this configuration"
        if schedd not in queues:
            return f"schedd {schedd} does not answer"
    if row.cluster is None:
        return ""  # it never had a number, or lost it to a newer cluster of a schedd that was installed anew
    there = any((row.cluster, row.proc or 0) in queues[schedd] for schedd in asked)
    return "" if not there else IN_QUEUE if row.schedd else PERHAPS
