"""kill -9 of verbs that take jobs out of queues and bring them back: never two jobs for an output, and none is lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from tests.faults.conftest import LONG, MakeWorkspace
from tests.support import processes
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import held, in_queue, places, states, submitted
from tests.support.waiting_jobs import JOBS, clear, schedd_of
from tests.support.workspace import Workspace, seeded_catalog

PARTS = {
    "sqlite-local": (),
    "postgresql-local": (pytest.mark.postgresql,),
    "sqlite-htcondor": (pytest.mark.htcondor, LONG),
    "postgresql-htcondor": (pytest.mark.postgresql, pytest.mark.htcondor, LONG),
}
PARKING = ("recover.intended", "park.kept", "recover.acted", "recover.closed")
HAS_NOTHING = ("recover.intended", "submit.claimed", "submit.rendered", "submit.renewed")
AGAIN = (*HAS_NOTHING, "submit.submitted", "submit.recorded", "recover.acted", "recover.closed")
MENDED_BY = ("reconcile", "release", "harvest")  # the verbs that come next
SHORT = {
    ("sqlite-local", "park", "park.kept"),
    ("postgresql-local", "park", "recover.acted"),
    ("sqlite-local", "clone", "again.removed"),
    ("postgresql-local", "clone", "submit.submitted"),
    ("sqlite-local", "unpark", "submit.submitted"),
    ("postgresql-local", "unpark", "submit.rendered"),
}
MEMORY = ("--mem", "3GB", "--yes")
Prepare = Callable[[str, str], tuple[Workspace, Any]]


def cases(verb: str, steps: tuple[str, ...]) -> list[Any]:
    """Every step on every pair of database and batch system; a few that are quick and tell most are not `long`."""
    return [
        pytest.param(
            *parts.split("-"),
            step,
            marks=[*marks, *(() if (parts, verb, step) in SHORT else (LONG,))],
            id=f"{parts}-{step}",
        )
        for parts, marks in PARTS.items()
        for step in steps
    ]


@pytest.fixture
def prepare(make: MakeWorkspace) -> Iterator[Prepare]:
    """A workspace with a catalog, and its batch system, whose jobs are taken out of the queue at the end."""
    made: list[tuple[Workspace, Any]] = []

    def prepared(database: str, batch: str) -> tuple[Workspace, Any]:
        workspace = make(database, batch)
        workspace.load(seeded_catalog(1))
        made.append((workspace, open_batch(load_config(workspace.file, workspace.folder))))
        return made[-1]

    yield prepared
    for workspace, queue in made:
        clear(workspace, queue, schedd_of(workspace))


@pytest.mark.parametrize("by", MENDED_BY)
@pytest.mark.parametrize(("database", "batch", "step"), cases("park", PARKING))
def test_jobs_are_parked_whole_or_in_the_queue(prepare: Prepare, database: str, batch: str, step: str, by: str) -> None:
    workspace, queue = prepare(database, batch)
    dbids = submitted(workspace)
    held(workspace, queue, dbids[:3])
    processes.killed(workspace, "park", "--dbid", *dbids[:3], "--yes", fault=step)
    gone = step in PARKING[2:]
    wanted = ("held", "parked", 1) if gone else ("held", "", 1)
    assert in_queue(workspace, queue) == set(dbids[3:] if gone else dbids)
    if by == "harvest":
        wait_for(lambda: workspace.ok("harvest") and states(workspace)[dbids[0]] == wanted)
    else:
        workspace.ok(by, *(("--code", 99, "--yes") if by == "release" else ()))
    assert [states(workspace)[dbid] for dbid in dbids[:3]] == [wanted] * 3
    workspace.ok("reconcile")
    kept = [dbid for (dbid,) in workspace.sql("SELECT dbid FROM production_parked ORDER BY dbid")]
    assert kept == (dbids[:3] if gone else [])
    assert [line["state"] for line in workspace.json("log", "--verb", "park")] == ["done"]
    # what is not parked is no longer kept: when it is removed for another reason, the books say so
    workspace.ok("kill", "--dbid", *dbids, "--state", "held", "--yes")
    assert [states(workspace)[dbid] for dbid in dbids[:3]] == [wanted if gone else ("failed", "removed", 1)] * 3


def one_job_each(workspace: Workspace, queue: Any, dbids: list[int]) -> None:
    """The first two are a second attempt, every row has one job, and nothing is open."""
    assert [states(workspace)[dbid][::2] for dbid in dbids[:2]] == [("submitted", 2)] * 2
    wait_for(lambda: in_queue(workspace, queue) == set(dbids))
    ours = [
        job
        for job in queue.ours(schedd_of(workspace))[0]
        if job.dbid in dbids and (job.cluster, job.proc) in places(workspace).values()
    ]
    assert len(ours) == JOBS
    claims = {claim for (claim,) in workspace.sql("SELECT id FROM production_claims")}
    assert len([job for job in queue.ours(schedd_of(workspace))[0] if job.claim in claims]) == JOBS
    assert workspace.sql("SELECT COUNT(*) FROM production_claims WHERE state = 'claimed'") == [(0,)]
    assert {line["state"] for line in workspace.json("log")} == {"done"}


@pytest.mark.parametrize(("database", "batch", "step"), cases("clone", (*AGAIN, "again.removed")))
def test_a_held_job_that_is_cloned_is_one_job(prepare: Prepare, database: str, batch: str, step: str) -> None:
    workspace, queue = prepare(database, batch)
    dbids = submitted(workspace)
    held(workspace, queue, dbids[:2])
    words = ("resubmit", "--dbid", *dbids[:2], "--clone", *MEMORY, "--state")
    processes.killed(workspace, *words, "held", fault=step)
    workspace.ok("reconcile")
    if step in (*HAS_NOTHING, "again.removed"):
        gone = step != "recover.intended"
        wait_for(lambda: workspace.ok("harvest") and states(workspace)[dbids[0]][1] == ("removed" if gone else ""))
        workspace.ok(*words, "removed" if gone else "held")
    one_job_each(workspace, queue, dbids)


@pytest.mark.parametrize(("database", "batch", "step"), cases("unpark", AGAIN))
def test_a_parked_job_that_comes_back_is_one_job(prepare: Prepare, database: str, batch: str, step: str) -> None:
    workspace, queue = prepare(database, batch)
    dbids = submitted(workspace)
    held(workspace, queue, dbids[:2])
    workspace.ok("park", "--dbid", *dbids[:2], "--yes")
    words = ("unpark", "--dbid", *dbids[:2], *MEMORY)
    processes.killed(workspace, *words, fault=step)
    workspace.ok("reconcile")
    if step in HAS_NOTHING:
        assert [states(workspace)[dbid] for dbid in dbids[:2]] == [("held", "parked", 1)] * 2
        workspace.ok(*words)
    one_job_each(workspace, queue, dbids)
