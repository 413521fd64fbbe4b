"""The signs of life of a loop, by a thread: a database that does not answer stops neither the view nor a pass."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.automation.loops_of_books import BookedLoop, loops
from prodcli.errors import ProdError
from prodcli.services.announcements import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodcli.automation.loops_of_books import AskedOrder, LoopBooks, LoopNow

log = logging.getLogger(__name__)
EVERY = 5.0  # seconds


@dataclass
class Heartbeat:
    """Writes what a loop does, and reads what is asked of it, until it is closed.

    `others` are the loops of the books as they were last read, `announced` is what people announce, `trouble` says why
    nothing can be read. `wake` is called after
    each beat.
    """

    books: LoopBooks
    wake: Callable[[], None]
    every: float = EVERY
    others: Sequence[BookedLoop] = ()
    announced: Sequence[str] = ()
    trouble: str = ""
    _now: LoopNow | None = None
    _asked: list[AskedOrder] = field(default_factory=list)
    _begun: bool = False
    _ended: str = ""
    _soon: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, now: LoopNow) -> None:
        """Start the thread."""
        self._now = now
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def tell(self, now: LoopNow) -> None:
        """What the loop does now; another state is written at once."""
        changed = self._now is None or (now.state, now.until) != (self._now.state, self._now.until)
        self._now = now
        if changed:
            self._soon.set()

    def asked(self) -> list[AskedOrder]:
        """What people have asked since."""
        taken, self._asked = self._asked, []
        return taken

    def close(self, how: str, patience: float = 10.0) -> None:
        """Note how the loop has ended; a database that does not answer is waited for so many seconds."""
        self._ended = how
        self._soon.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._ended:
            self._tried(self._beat)
            self.wake()
            self._soon.wait(self.every)
            self._soon.clear()
        if self._begun:
            self._tried(lambda: self.books.end(self._ended))
        self.books.database.close()

    def _beat(self) -> None:
        if not self._begun:
            self.books.begin()
            self._begun = True
        if self._now is not None:
            asked = self.books.beat(self._now)
            self._asked += [asked] if asked is not None else []
        self.others = [one for one in loops(self.books.database) if one.id != self.books.id]
        self.announced = lines_of(self.books.database)

    def _tried(self, work: Callable[[], None]) -> None:
        try:
            work()
            self.trouble = ""
        except ProdError as failure:
            if not self.trouble:
                log.info("%s", failure)
            self.trouble = f"no sign of life is written: {failure}"
