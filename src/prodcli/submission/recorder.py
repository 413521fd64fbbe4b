"""Record clusters beside the work on the next ones: the database writes while the next rows are claimed."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from prodcli.books.claims import Books
from prodcli.errors import ProdError

log = logging.getLogger(__name__)
AT_A_TIME = 2  # clusters; the last two of a pass then take as long as one, as nobody claims any more


class Recorder:
    """Does as many pieces of work at a time as the database allows, each with a connection of its own."""

    def __init__(self, books: Books) -> None:
        writers = AT_A_TIME if books.database.dialect == "postgresql" else 1
        self._hands = [_Hand(books) for _ in range(writers)]  # the next in turn first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for work under way; if the pass fails for another reason, that reason is raised."""
        try:
            self.wait()
        except ProdError as second:
            if failure is None:
                raise
            log.error("%s", second)
        finally:
            for hand in self._hands:
                hand.close()

    def start(self, work: Callable[[Books], None]) -> None:
        """Start the next piece of work when a thread is free; raises the failure of that thread's last work."""
        self._hands[0].start(work)
        self._hands = [*self._hands[1:], self._hands[0]]

    def wait(self) -> None:
        """Wait until no work is under way; raises the first failure."""
        with ExitStack() as every:
            for hand in self._hands:
                every.callback(hand.wait)


class _Hand:
    """A thread that does one piece of work at a time, with its own connection."""

    def __init__(self, books: Books) -> None:
        self._books = Books(books.database.another())
        self._thread = ThreadPoolExecutor(1, "recorder")
        self._pending: Future[None] | None = None

    def start(self, work: Callable[[Books], None]) -> None:
        self.wait()
        self._pending = self._thread.submit(work, self._books)

    def wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def close(self) -> None:
        # SQLite wants it done by the thread that opened it
        self._thread.submit(self._books.database.close).result()
        self._thread.shutdown()
