"""SQLite books that somebody else keeps locked, and disks without room."""

import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import LONG, LONG_SQLITE, POSTGRESQL, MakeWorkspace
from tests.faults.test_killed import go_on, rule
from tests.support import processes
from tests.support.batch_ledger import agree, planned
from tests.support.processes import Process
from tests.support.snapshots import one_line
from tests.support.workspace import Workspace, seeded_catalog


@contextmanager
def locked(workspace: Workspace, how: str = "IMMEDIATE") -> Iterator[None]:
    """Be a process that writes to the books; EXCLUSIVE keeps readers out, too."""
    file = Path(workspace.settings["databases"]["production"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"BEGIN {how}")
        yield
        connection.execute("ROLLBACK")


@pytest.fixture
def workspace(make: MakeWorkspace) -> Workspace:
    """A workspace with eight jobs to submit."""
    made = make("sqlite", "local")
    made.load(seeded_catalog(1))
    return made


@pytest.mark.parametrize("step", ["submit.planned", pytest.param("submit.submitted", marks=LONG)])
def test_books_that_are_busy_for_three_seconds_are_waited_for(workspace: Workspace, step: str) -> None:
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault=f"{step}:stop")
    process.wait_until_stopped()
    with locked(workspace):
        process.send(signal.SIGCONT)
        time.sleep(3)
    answer = process.end()
    assert (answer.code, answer.err) == (0, "")
    agree(workspace, wanted)


@LONG
@pytest.mark.parametrize(
    ("how", "words"), [("IMMEDIATE", ("harvest",)), ("IMMEDIATE", ()), ("EXCLUSIVE", ("query",))], ids=str
)
def test_books_that_stay_busy_are_one_line(workspace: Workspace, how: str, words: tuple[str, ...]) -> None:
    wanted = planned(workspace, *rule(workspace))
    with locked(workspace, how):
        answer = processes.run(workspace, *(words or ("submit", *rule(workspace))))
    one_line(answer, 4, "the database is busy (another pass writes; try again)")
    go_on(workspace, wanted, *rule(workspace))


@pytest.mark.parametrize("database", [LONG_SQLITE, POSTGRESQL])
@pytest.mark.parametrize("step", ["submit.claimed", pytest.param("submit.submitted", marks=LONG)])
def test_no_file_can_grow_any_more(make: MakeWorkspace, database: str, step: str) -> None:
    """As on a full disk or over quota: neither items nor log, nor the books if they are a file here."""
    workspace = make(database, "local")
    workspace.load(seeded_catalog(1))
    wanted = planned(workspace, *rule(workspace))
    process = Process(workspace, "submit", *rule(workspace), fault=f"{step}:stop")
    process.wait_until_stopped()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    process.send(signal.SIGCONT)
    answer = process.end()
    assert all(line.startswith("prodcli: ") for line in answer.err.splitlines()), answer.err
    if step == "submit.claimed":
        assert answer.code == 1
        assert "the lists of inputs cannot be written: File too large" in answer.err.splitlines()[-1]
    else:
        assert answer.code == (4 if database == "sqlite" else 0), answer
    go_on(workspace, wanted, *rule(workspace))
