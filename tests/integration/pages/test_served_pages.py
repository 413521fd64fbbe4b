"""Pages that are made when a reader asks for them: the same as those of the site, at most one look at the books at a time."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from queue import Queue

import pytest

from prodcli.config.settings import load_config
from prodcli.db import open_database
from prodcli.errors import ProdError, TransientDatabaseError
from prodcli.pages.books_of_pages import BooksOfPages
from prodcli.pages.campaigns import step
from prodcli.pages.served.kept_pages import Busy, KeptPages
from prodcli.tables.screen import Screen
from tests.support.site import CATALOG, NOW, books_of_failures, site_of
from tests.support.workspace import Workspace

KEPT = 10.0  # seconds


@dataclass
class Books:
    """Books that say how often they were opened, can be down, and take their time; `clock` is that of the pages."""

    workspace: Workspace
    opened: int = 0
    down: bool = False
    time: float = 0.0
    takes: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self) -> Iterator[BooksOfPages]:
        """The books over connections of their own."""
        self.opened += 1
        self.gate.wait(60)
        self.time += self.takes
        if self.down:
            raise TransientDatabaseError("does not answer", where="books", connection_lost=True)
        config = load_config(self.workspace.file, self.workspace.folder)
        database, catalog = (open_database(config.url(role), read_only=True) for role in ("production", "filecatalog"))
        try:
            yield BooksOfPages(database, catalog, Screen(NOW), config.site, CATALOG)
        finally:
            database.close()
            catalog.close()

    def pages(self) -> KeptPages:
        """The pages of these books, which are open."""
        self.gate.set()
        return KeptPages(self.open, UTC, KEPT, most_waiting=4, clock=lambda: self.time)


@pytest.fixture
def books(workspace: Workspace) -> Books:
    """Books with jobs, failures and notes."""
    books_of_failures(workspace)
    return Books(workspace)


def without_its_time(page: bytes) -> bytes:
    """A page without the line that says when it was made, and without how long services have been as they are."""
    return re.sub(
        rb'<footer>.*?</footer>|<td class="right" data-order="[0-9]+">[0-9]+ (?:s|min|h|days)[^<]*</td>', b"", page
    )


def test_each_page_is_that_of_the_site(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "_JOBS_OF_PART", 20)  # several lists of jobs for a step
    site, pages = site_of(books.workspace), books.pages()
    names = sorted(one.name for one in site.iterdir() if one.suffix in (".html", ".svg", ".csv"))
    assert any(re.fullmatch(r"jobs-.*-2\.html", one) for one in names)
    for name in names:
        served = pages.page(name)
        assert served is not None, name
        assert without_its_time(served) == without_its_time((site / name).read_bytes()), name


def test_no_other_page_is_there_and_no_file(books: Books) -> None:
    pages = books.pages()
    absent = (
        "x.html",
        "step-x.html",
        "jobs-x-1.html",
        "jobs-x-0.html",
        "trouble-x.html",
        "campaign-.html",
        "plot.x.y.svg",
    )
    assert [pages.page(one) for one in absent] == [None] * len(absent)


def test_a_path_that_no_page_can_have_does_not_reach_the_books(books: Books) -> None:
    pages = books.pages()
    for path in (
        "../etc/passwd",
        "assets/x.js",
        "index.html/",
        "a b.html",
        "x" * 300 + ".html",
        "",
        ".prodcli-pages",
        "é.html",
    ):
        assert pages.page(path) is None
    assert books.opened == 0


def test_a_part_that_a_step_has_not_is_absent(books: Books) -> None:
    pages = books.pages()
    name = next(one.name for one in site_of(books.workspace).glob("jobs-*-1.html"))
    assert pages.page(name) is not None
    assert [pages.page(name.replace("-1.html", f"-{part}.html")) for part in ("2", "999999", "0", "01")] == [None] * 4


def test_many_readers_cost_the_books_one_look(books: Books) -> None:
    pages = books.pages()
    books.gate.clear()
    found: list[bytes | None] = []
    readers = [threading.Thread(target=lambda: found.append(pages.page("nodes.html"))) for _ in range(4)]
    for one in readers:
        one.start()
    books.gate.set()
    for one in readers:
        one.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    for _ in range(100):
        assert pages.page("nodes.html") == found[0]
    assert books.opened == 1


def test_readers_beyond_some_are_told_at_once(books: Books) -> None:
    pages = books.pages()
    assert pages.page("index.html")
    books.gate.clear()
    told: Queue[str] = Queue()

    def ask() -> None:
        try:
            told.put("page" if pages.page("nodes.html") else "none")
        except Busy:
            told.put("busy")

    readers = [threading.Thread(target=ask) for _ in range(5)]
    for one in readers:
        one.start()
    assert told.get(timeout=60) == "busy", "one of five, before the look ends"
    assert pages.page("index.html"), "what is kept is shown all the same"
    books.gate.set()
    assert [told.get(timeout=60) for _ in range(4)] == ["page"] * 4
    assert pages.page("trouble.html")


def test_pages_are_made_anew_after_their_time(books: Books) -> None:
    pages = books.pages()
    pages.page("services.html")
    books.time += KEPT - 0.1
    pages.page("services.html")
    assert books.opened == 1
    books.time += 0.1
    pages.page("services.html")
    assert books.opened == 2


def test_a_page_that_took_long_is_kept_as_long(books: Books) -> None:
    pages = books.pages()
    books.takes = 5 * KEPT
    pages.page("services.html")
    books.time += 5 * KEPT - 0.1
    pages.page("services.html")
    assert books.opened == 1


def test_pages_that_one_look_makes_come_of_one_look(books: Books) -> None:
    pages = books.pages()
    assert pages.page("failures.html")
    assert pages.page("failure-list.html")
    assert books.opened == 1


def test_books_that_are_down_are_not_asked_again_at_once(books: Books) -> None:
    pages = books.pages()
    kept = pages.page("index.html")
    books.down = True
    for path in ("nodes.html", "trouble.html", "nodes.html"):
        with pytest.raises(ProdError, match="does not answer"):
            pages.page(path)
    assert books.opened == 2
    assert pages.page("index.html") == kept
    books.down, books.time = False, KEPT
    assert pages.page("nodes.html")


def test_nothing_is_written(books: Books, tmp_path: Path) -> None:
    before = books.workspace.sql("SELECT * FROM production_jobs ORDER BY id")
    pages = books.pages()
    for name in ("index.html", "trouble.html", "failures.html"):
        assert pages.page(name)
    assert books.workspace.sql("SELECT * FROM production_jobs ORDER BY id") == before
