"""Clusters that are recorded beside the work on the next ones."""

from collections.abc import Iterator
from contextlib import closing
from threading import Barrier, BrokenBarrierError

import pytest

from prodcli.books.claims import Books
from prodcli.errors import ProdError
from prodcli.submission.recorder import Recorder
from tests.support.workspace import Workspace, seeded_catalog

PATIENCE = 10.0  # seconds for another thread to come


@pytest.fixture
def books(workspace: Workspace) -> Iterator[Books]:
    workspace.load(seeded_catalog(1))
    with closing(workspace.database("production")) as database:
        yield Books(database)


def test_two_at_a_time_if_the_database_takes_two_writers(books: Books) -> None:
    meeting = Barrier(2)

    def meet(own: Books) -> None:
        assert own.database is not books.database
        own.existing([1])
        meeting.wait(PATIENCE if books.database.dialect == "postgresql" else 0.05)

    with Recorder(books) as recorder:
        recorder.start(meet)
        if books.database.dialect == "postgresql":
            recorder.start(meet)
            return
        with pytest.raises(BrokenBarrierError):  # nobody came: the next begins when this one is done
            recorder.start(meet)


def test_what_fails_is_told_and_the_rest_is_waited_for(books: Books) -> None:
    done = []

    def fails(_: Books) -> None:
        raise ProdError("no room in the books")

    with pytest.raises(ProdError, match="no room"), Recorder(books) as recorder:
        recorder.start(lambda _: done.append("before"))
        recorder.start(fails)
    assert done == ["before"]


def test_the_failure_of_the_pass_comes_first(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Books) -> None:
        raise ProdError("no room in the books")

    with pytest.raises(KeyError), Recorder(books) as recorder:
        recorder.start(fails)
        raise KeyError("of the pass")
    assert "no room in the books" in caplog.text
