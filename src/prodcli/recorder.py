"""Recording a cluster beside the work on the next one: the database writes it down while the next rows are claimed."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from prodcli.bookkeeping import Books
from prodcli.errors import ProdError

log = logging.getLogger(__name__)


class Recorder:
    """Does one piece of work at a time in a thread of its own, with books on a connection of its own."""

    def __init__(self, books: Books) -> None:
        self._books = Books(books.database.another())
        self._thread = ThreadPoolExecutor(1, "recorder")
        self._pending: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for what is under way; if the pass fails for another reason, that one is told."""
        try:
            self.wait()
        except ProdError as second:
            if failure is None:
                raise
            log.error("%s", second)
        finally:
            # SQLite wants it done by the thread that opened it
            self._thread.submit(self._books.database.close).result()
            self._thread.shutdown()

    def start(self, work: Callable[[Books], None]) -> None:
        """Begin with the next piece of work; raises what the last one raised."""
        self.wait()
        self._pending = self._thread.submit(work, self._books)

    def wait(self) -> None:
        """Wait until nothing is under way; raises what it raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
