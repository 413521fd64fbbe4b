"""Look again and again in a thread of its own, so that neither a slow server nor one that is down stops the keys."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from prodcli.driver_waits import under_way
from prodcli.errors import ProdError

log = logging.getLogger(__name__)
Q = TypeVar("Q")
A = TypeVar("A")
_REST = 20  # a look that takes a second is followed by so many seconds without one,
_LONGEST = 60.0  # and one that takes long by so many


@dataclass(frozen=True)
class Look(Generic[Q, A]):
    """A question with its answer, or why there is none; `rest` seconds pass before the next look."""

    question: Q
    answer: A | None = None
    failure: ProdError | None = None
    rest: float = 0.0


class Refresher(Generic[Q, A]):
    """Answers the question of the moment every few seconds, seldom where that takes long; `tell` is called in its thread."""

    def __init__(self, look: Callable[[Q], A], tell: Callable[[Look[Q, A]], None], every: float) -> None:
        self._look, self._tell, self._every = look, tell, every
        self._question: Q | None = None
        self._ended = False
        self._soon = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)

    def ask(self, question: Q) -> None:
        """Answer this question from now on; an answer to another one is no longer waited for."""
        changed = self._question is not None and question != self._question
        self._question = question
        if changed:
            self._cancel()
        if not self._thread.is_alive():
            self._thread.start()
        self._soon.set()

    def end(self) -> None:
        """Look no more; a server that is asked just now is told so."""
        self._ended = True
        self._soon.set()
        self._cancel()

    def _cancel(self) -> None:
        wait = under_way().get(self._thread.ident or 0)
        if wait is not None and wait.cancel is not None:
            threading.Thread(target=_quietly, args=(wait.cancel,), name="cancel", daemon=True).start()

    def _run(self) -> None:
        while not self._ended:
            self._soon.clear()
            question = self._question
            if question is None:
                return
            found = self._answered(question)
            if question == self._question and not self._ended:
                self._tell(found)
            self._soon.wait(found.rest)

    def _answered(self, question: Q) -> Look[Q, A]:
        began = time.monotonic()
        try:
            answer = self._look(question)
            took = time.monotonic() - began
            return Look(question, answer, rest=max(self._every, min(_LONGEST, _REST * took)))
        except ProdError as failure:
            log.info("%s", failure)
            return Look(question, failure=failure, rest=self._every)
        except Exception as failure:  # noqa: BLE001 - the screen says it, the log has the traceback, and the next look may do
            log.debug("failed", exc_info=failure)
            return Look(question, failure=ProdError(f"{type(failure).__name__}: {failure}"), rest=self._every)


def _quietly(cancel: Callable[[], object]) -> None:
    """Cancel a statement that may have ended meanwhile."""
    with suppress(Exception):
        cancel()
