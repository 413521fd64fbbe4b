"""The room that `--maxqueued` leaves: counts the jobs of a batch name in the books and the queues."""

import logging
from collections.abc import Callable, Sequence

from prodcli.batch import Counted
from prodcli.db import Transaction

log = logging.getLogger(__name__)
MAXQUEUED = 70_000  # jobs of a batch name in the queues, if nothing else is said


class QueueLimit:
    """The number of jobs of a batch name that the queue may still take during a pass.

    Call it under the lock that serialises the claims of this batch name.
    """

    def __init__(self, batch_name: str, queued: Callable[[], Counted], maxqueued: int) -> None:
        self._batch_name = batch_name
        self._queued = queued
        self._maxqueued = maxqueued
        self._known: tuple[int, int] | None = (
            None  # what was left when it was counted, and what was ever claimed until then
        )

    def counted(self, tx: Transaction, latest: Sequence[str] = ()) -> int:
        """The room: first the rows that are being submitted are counted, then the queues.

        In this order a job that moves from the one to the other counts twice, never not at all. For a silent schedd its
        jobs in the books count. `latest` are the pass's own claims that are in the queue, and maybe not recorded yet.
        """
        submitting = tx.value("count_submitting", batch_name=self._batch_name, latest=list(latest))
        counted = self._queued()
        if counted.silent:
            submitting = tx.value("count_submitting", batch_name=self._batch_name, latest=[])
            log.warning("%s: its jobs are counted in the books", ", ".join(counted.silent))
        silent = {"batch_name": self._batch_name, "schedds": list(counted.silent)}
        alive = tx.value("count_alive", **silent) if counted.silent else 0
        left = self._maxqueued - counted.jobs - int(submitting) - int(alive)
        self._known = left, self._claimed(tx)
        return left

    def at_least(self, tx: Transaction) -> int:
        """The room that is certain, if no job has left the queue since the count; asks no schedd.

        Jobs that anybody has claimed since are subtracted, in a queue or not.
        """
        if self._known is None:
            return 0
        left, claimed = self._known
        return left - (self._claimed(tx) - claimed)

    def _claimed(self, tx: Transaction) -> int:
        """The number of jobs that were ever claimed; it only grows."""
        return int(tx.value("count_claimed", batch_name=self._batch_name))
