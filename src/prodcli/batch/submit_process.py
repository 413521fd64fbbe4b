"""Submit beside other work, through a separate process: HTCondor's bindings hold Python's lock during a submission.

The process is started early, submits one cluster after the other, and opens no database. It never outlives its pass:
however the pass dies, the kernel ends the process with it. So once a claimant is found dead, an answer of its schedd
stays true.
"""

import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from prodcli.batch import PATIENCE, Batch, Counted, Intake
from prodcli.batch.parallel import answer_of
from prodcli.errors import BatchError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_PR_SET_PDEATHSIG = 1  # source: linux/prctl.h


class ThisProcess:
    """Submits in this process: for a batch system that takes a cluster at once."""

    busy = False

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._cluster = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """There is nothing to end."""

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for a submission."""
        return self._batch.intake(schedd)

    def count(self, batch_name: str) -> Counted:
        """Count the jobs of a batch name on all schedds."""
        return self._batch.count(batch_name)

    def take(self, schedd: str, description: Path) -> None:
        """Submit a description."""
        self._cluster = self._batch.submit(schedd, description)

    def cluster(self, patience: float = PATIENCE) -> int:
        """The cluster of the submission."""
        return self._cluster

    def give_up(self) -> None:
        """Nothing is ever under way."""


class OwnProcess:
    """Submits in a process beside this one; `busy` from `take` until the end of the submission is known."""

    def __init__(self, batch: Batch, prelude: Callable[[Any], object]) -> None:
        self._batch = batch
        self._prelude = prelude
        self.busy = False

    def __enter__(self) -> Self:
        """Start the process; it loads its libraries while the pass goes on."""
        from multiprocessing import get_context

        context = get_context("spawn")  # a fork would share the database's connection
        self._here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, self._batch, self._prelude, os.getpid()), name="submit process", daemon=True
        )
        self._process.start()
        there.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process, whatever it does."""
        self.give_up()

    def intake(self, schedd: str) -> Intake:
        """The capabilities of a schedd for a submission."""
        answer: Intake = self._ask(methodcaller("intake", schedd))
        return answer

    def count(self, batch_name: str) -> Counted:
        """Count the jobs of a batch name on all schedds."""
        answer: Counted = self._ask(methodcaller("count", batch_name))
        return answer

    def take(self, schedd: str, description: Path) -> None:
        """Begin to submit a description, and return at once."""
        self._tell(methodcaller("submit", schedd, description))

    def cluster(self, patience: float = PATIENCE) -> int:
        """Wait for the cluster.

        Raises BatchError if the submission failed, or without an answer in this many seconds.
        """
        answer: int = self._told(patience)
        return answer

    def give_up(self) -> None:
        """End the process: a submission that has not reached its schedd yet never will."""
        self._process.kill()
        self._process.join()
        self._here.close()
        self.busy = False

    def _ask(self, question: Callable[[Batch], Any]) -> Any:
        self._tell(question)
        return self._told(PATIENCE)

    def _tell(self, question: Callable[[Batch], Any]) -> None:
        if self.busy:
            raise ValueError("one thing after the other")
        self.busy = True
        try:
            self._here.send(question)
        except OSError:
            self.busy = False
            raise BatchError("the process that submits died", where="HTCondor") from None

    def _told(self, patience: float) -> Any:
        try:
            if not self._here.poll(patience):
                self.give_up()
                raise BatchError(f"no answer in {patience:.0f} s", where="HTCondor", todo="is the schedd hanging?")
            answer, said = self._here.recv()
        except (EOFError, OSError):
            self.busy = False
            raise BatchError("the process that submits died", where="HTCondor") from None
        self.busy = False
        for record in said:
            logging.getLogger(record.name).handle(record)
        if isinstance(answer, BatchError):
            raise answer
        return answer


class _Said(logging.Handler):
    """Keeps log records in a form that can be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self.records.append(record)


def _serve(there: "Connection", batch: Batch, prelude: Callable[[Batch], object], parent: int) -> None:
    """The work of the process; signals reach the pass, which ends this process."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    if not _dies_with(parent):
        return
    said = _Said()
    logger = logging.getLogger("prodcli")
    logger.addHandler(said)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    answer_of(batch, prelude)  # what is wrong is told when something is to be done
    with suppress(EOFError, OSError):  # the pass has ended
        while True:
            answer = answer_of(batch, there.recv())
            there.send((answer, said.records))
            said.records = []


def _dies_with(parent: int) -> bool:
    """Let the kernel end this process when its parent ends, in any way; False if the parent has ended already."""
    import ctypes

    return ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0 and os.getppid() == parent
