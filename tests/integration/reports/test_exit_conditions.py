"""`prodcli query --watch N --until-all STATES --until-any STATES` ends when the books say so, on both databases."""

import threading
import time

import pytest

from tests.support.catalog import Catalog
from tests.support.generated_books import NOW, time_of
from tests.support.workspace import ONE_DATABASE, Answer, Workspace

TAG = "ana1_x_v001"


@pytest.fixture
def running(workspace: Workspace) -> Workspace:
    """Three running jobs of a tag, and a held one of another."""
    workspace.load(Catalog([], [], [], []))
    for number, (tag, status) in enumerate([(TAG, "running")] * 3 + [("other", "held")]):
        workspace.sql(
            "INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, submitted)"
            " VALUES ('r', ?, 'd', 'DST_TRKR_SEED', ?, 5, ?, ?, ?)",
            *(tag, f"f{number}", number, status, time_of(workspace, NOW)),
        )
    return workspace


def watched(workspace: Workspace, *words: object, statements: tuple[str, ...] = ()) -> tuple[Answer, int]:
    """Watch while the books change; returns the answer, and how often the table was shown."""

    def change() -> None:
        for statement in statements:
            time.sleep(1.5)
            workspace.sql(statement)

    changing = threading.Thread(target=change)
    changing.start()
    answer = workspace.run("query", "--tag", TAG, "--watch", 1, *words, quiet=False)
    changing.join()
    return answer, answer.out.count("DST_TRKR_SEED")


def test_a_watch_ends_when_all_jobs_are_done(running: Workspace) -> None:
    finish = "UPDATE production_jobs SET status = 'finished' WHERE tag = 'ana1_x_v001' AND segment "
    answer, looks = watched(running, "--until-all", "done", statements=(f"{finish} = 0", f"{finish} > 0"))
    assert answer.code == 0
    assert "all jobs are done" in answer.err
    assert looks >= 3


def test_a_watch_ends_with_1_when_a_job_is_held(running: Workspace) -> None:
    hold = "UPDATE production_jobs SET status = 'held' WHERE tag = 'ana1_x_v001' AND segment = 1"
    answer, looks = watched(running, "--until-all", "done", "--until-any", "held,failed", statements=(hold,))
    assert answer.code == 1
    assert looks >= 2


@ONE_DATABASE
def test_what_holds_already_ends_at_once(running: Workspace) -> None:
    answer = running.run("query", "--until-all", "running", "held", "--until-any", "held", quiet=False)
    assert (answer.code, answer.out.count("ana1_x_v001")) == (0, 1)
    assert running.run("query", "--tag", "other", "--until-any", "H").code == 1
    assert running.run("query", "progress", "--tag", TAG, "--until-all", "R").code == 0


@ONE_DATABASE
def test_a_word_that_is_no_state_is_refused(running: Workspace) -> None:
    answer = running.run("query", "--until-all", "finnished")
    assert (answer.code, answer.out) == (2, "")
