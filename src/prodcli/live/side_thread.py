"""Work that takes long, one piece after the other in a thread of its own, which has the connections of the work."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prodcli.errors import ProdError

log = logging.getLogger(__name__)
Work = Callable[[], Any]
Done = Callable[[Any], None]  # gets the result, or the ProdError that the work raised


@dataclass
class SideThread:
    """A thread that does what it is given; `busy` while there is work."""

    _given: queue.Queue[tuple[Work, Done]] = field(default_factory=queue.Queue)
    _thread: threading.Thread | None = None
    _open: int = 0

    @property
    def busy(self) -> bool:
        """True while some work is not done."""
        return self._open > 0

    def do(self, work: Work, done: Done) -> None:
        """Do some work after what was given before; `done` is called in the thread."""
        self._open += 1
        self._given.put((work, done))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="actions", daemon=True)
            self._thread.start()

    def finish(self, work: Work, patience: float = 2.0) -> None:
        """Do some last work in the thread, if it has ever worked; wait for it so many seconds."""
        if self._thread is not None and self._thread.is_alive():
            ended = threading.Event()
            self.do(work, lambda _: ended.set())
            ended.wait(patience)

    def _run(self) -> None:
        while True:
            work, done = self._given.get()
            result = self._result(work)
            self._open -= 1
            done(result)

    def _result(self, work: Work) -> Any:
        try:
            return work()
        except (ProdError, OSError) as failure:
            return failure
        except Exception as failure:  # noqa: BLE001 - the screen says it, and the log has the traceback
            log.debug("failed", exc_info=failure)
            return ProdError(f"{type(failure).__name__}: {failure}", todo="the log has the traceback")
