"""Pages made when somebody asks for them, and kept for a short time, so that many readers cost the books one look."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import tzinfo
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from prodcli.errors import ProdError
from prodcli.pages import links
from prodcli.pages.served.looks import look_at
from prodcli.pages.site import content_of, page_environment
from prodcli.reports.freshness import freshness

if TYPE_CHECKING:
    from prodcli.campaigns.progress import Progress
    from prodcli.pages.books_of_pages import BooksOfPages
    from prodcli.pages.site_pages import Look

T = TypeVar("T")
log = logging.getLogger(__name__)


class Busy(Exception):
    """So many readers wait for looks at the books that one more may not."""


@dataclass(frozen=True)
class _Kept(Generic[T]):
    """Something that holds until a time, by the clock of this process."""

    what: T
    until: float


class KeptPages:
    """The pages of a site; one look at the books at a time, from whichever thread asks.

    A page is kept for `seconds`, or for as long as its look took if that is longer. So is the failure of a look.
    """

    def __init__(
        self,
        open_books: Callable[[], AbstractContextManager[BooksOfPages]],
        zone: tzinfo,
        seconds: float,
        most_waiting: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_books = open_books
        self._zone = zone
        self._seconds = seconds
        self._clock = clock
        self._environment = page_environment()
        self._one_look = Lock()
        self._may_wait = BoundedSemaphore(most_waiting)
        self._pages: dict[str, _Kept[bytes]] = {}
        self._campaigns: _Kept[Sequence[Progress]] | None = None
        self._failure: _Kept[ProdError] | None = None

    def page(self, path: str) -> bytes | None:
        """A page or a file beside a page; None if there is none of this path.

        Raises ProdError if the books cannot be read, Busy if too many readers wait.
        """
        if kept := self._fresh(self._pages.get(path)):
            return kept.what
        if not links.is_name(path):
            return None
        if not self._may_wait.acquire(blocking=False):
            raise Busy
        try:
            with self._one_look:
                kept = self._fresh(self._pages.get(path))
                return kept.what if kept else self._looked_up(path)
        finally:
            self._may_wait.release()

    def _fresh(self, kept: _Kept[T] | None) -> _Kept[T] | None:
        return kept if kept and self._clock() < kept.until else None

    def _looked_up(self, path: str) -> bytes | None:
        """Look at the books, unless a look has failed just now."""
        if failed := self._fresh(self._failure):
            raise failed.what
        began = self._clock()
        try:
            with self._open_books() as books:
                look = look_at(books, self._campaigns_of(books), path)
                return self._made(books, look, began).get(path) if look else None
        except ProdError as failure:
            log.warning("no page %s: %s", path, failure)
            self._failure = _Kept(failure, self._until(began))
            raise

    def _made(self, books: BooksOfPages, look: Look, began: float) -> dict[str, bytes]:
        """The pages of a look; pages that are too old go."""
        as_of = freshness(books.database).words(self._zone)
        made = {one.path: content_of(one, self._environment, as_of) for one in look.make()}
        until = self._until(began)
        kept = {path: one for path, one in self._pages.items() if self._fresh(one)}
        self._pages = kept | {path: _Kept(content, until) for path, content in made.items()}
        return made

    def _campaigns_of(self, books: BooksOfPages) -> Sequence[Progress]:
        if kept := self._fresh(self._campaigns):
            return kept.what
        began = self._clock()
        campaigns = books.campaigns()
        self._campaigns = _Kept(campaigns, self._until(began))
        return campaigns

    def _until(self, began: float) -> float:
        now = self._clock()
        return now + max(self._seconds, now - began)
