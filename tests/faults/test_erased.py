"""kill -9 at every step of a redo or an erasure: after it is said again no old file is left, and no output has two jobs."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.fault_points import STEPS
from tests.faults.conftest import LONG, MakeWorkspace
from tests.support import processes
from tests.support.batch_ledger import ever_submitted
from tests.support.condor_jobs import NEVER
from tests.support.condor_pool import wait_for
from tests.support.finished_outputs import OLD, catalogued, finish, place, rows, words, write
from tests.support.library_rules import changed
from tests.support.rule_files import write_rules
from tests.support.waiting_jobs import clear, schedd_of
from tests.support.workspace import Workspace, seeded_catalog

FORCE = ("submit", "--force")
ERASED = [step for step in STEPS if step.startswith("erase.")]
AGAIN = [step for step in STEPS if step.startswith("submit.")]
SHORT = {
    ("sqlite", FORCE, "erase.deleted"),
    ("sqlite", FORCE, "submit.submitted"),
    ("postgresql", ("remove",), "erase.removed"),
}
PARTS = {
    "sqlite-local": (),
    "postgresql-local": (pytest.mark.postgresql,),
    "postgresql-htcondor": (pytest.mark.postgresql, pytest.mark.htcondor, LONG),
}


def cases() -> list[object]:
    """Every step of both verbs; a few that are quick and tell most are not `long`."""
    return [
        pytest.param(
            *parts.split("-"),
            verb,
            step,
            marks=[*marks, *(() if "local" in parts and (parts.partition("-")[0], verb, step) in SHORT else (LONG,))],
            id=f"{parts}-{verb[0]}-{step}",
        )
        for parts, marks in PARTS.items()
        for verb, steps in ((FORCE, ERASED + AGAIN), (("remove",), ERASED))
        for step in steps
    ]


@pytest.fixture
def prepare(make: MakeWorkspace) -> Iterator[object]:
    """Make workspaces with jobs of which a part has finished and left files, and a part is live."""
    made: list[Workspace] = []

    def prepared(database: str, batch: str) -> Workspace:
        workspace = make(database, batch)
        made.append(workspace)
        workspace.load(seeded_catalog(1))
        workspace.sql("DELETE FROM production_jobs")
        workspace.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
        write_rules(workspace.folder / "rules", {"mvtxme": changed("mvtxme", job_requirements=NEVER)})
        workspace.ok("submit", *words(workspace), "--maxjobs", 6)
        queue = open_batch(load_config(workspace.file, workspace.folder))
        queue.remove(schedd_of(workspace), living(workspace), "ended")
        wait_for(lambda: not living(workspace))
        workspace.ok("harvest")
        finish(workspace)
        workspace.ok("submit", *words(workspace), "--maxjobs", 6)
        for name in list(rows(workspace))[-2:]:
            write(workspace, name)  # what a live job has written so far
        return workspace

    yield prepared
    for workspace in made:
        queue = open_batch(load_config(workspace.file, workspace.folder))
        clear(workspace, queue, schedd_of(workspace))


def living(workspace: Workspace) -> set[tuple[int, int]]:
    """The jobs of this workspace that are in the queue."""
    queue = open_batch(load_config(workspace.file, workspace.folder))
    there = queue.living(schedd_of(workspace))
    return {job.place[1:] for job in ever_submitted(workspace) if job.place[1:] in there}


def most_jobs(workspace: Workspace) -> int:
    """How many live jobs the output has that has most of them."""
    there = living(workspace)
    return max(Counter(job.output for job in ever_submitted(workspace) if job.place[1:] in there).values(), default=0)


def old_files(workspace: Workspace) -> list[str]:
    """Files of the outputs that are still what they were."""
    return [
        name
        for name in rows(workspace)
        if place(workspace, name).exists() and place(workspace, name).read_text() == OLD
    ]


@pytest.mark.parametrize(("database", "batch", "verb", "step"), cases())
def test_a_kill_leaves_nothing_that_comes_back(
    prepare: MakeWorkspace, database: str, batch: str, verb: tuple[str, ...], step: str
) -> None:
    workspace = prepare(database, batch)
    before = rows(workspace)
    assert len(before) == 12
    said = (*verb, *words(workspace), "--yes")
    processes.killed(workspace, *said, fault=step)
    assert most_jobs(workspace) <= 1
    if step in ERASED:  # else saying it again settles the claim, too
        processes.ok(workspace, "reconcile")
        assert {line["state"] for line in workspace.json("log")} == {"done"}
    processes.ok(workspace, *said)
    assert {line["state"] for line in workspace.json("log")} == {"done"}
    wait_for(lambda: len(living(workspace)) == (21 if verb == FORCE else 0))
    assert not catalogued(workspace)
    assert [name for name in before if place(workspace, name).exists()] == []
    assert most_jobs(workspace) == (1 if verb == FORCE else 0)
    after = rows(workspace)
    if verb == FORCE:
        assert {name: after[name][0] for name in before} == {name: row[0] for name, row in before.items()}
        assert {row[1] for row in after.values()} == {"submitted"}
        assert {after[name][3] >= 2 for name in before} == {True}
    else:
        assert after == {}
    assert workspace.sql("SELECT COUNT(*) FROM production_taken") == [(0,)]
    assert workspace.json("reconcile") == []
    workspace.ok("db", "check")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, LONG])])
def test_two_at_once_make_one_job_of_an_output(prepare: MakeWorkspace, database: str) -> None:
    """One stands still in the middle; passes, unblocking and another redo meanwhile leave its outputs alone."""
    workspace = prepare(database, "local")
    first = processes.Process(workspace, *FORCE, *words(workspace), "--yes", fault="erase.deleted:stop")
    first.wait_until_stopped()
    assert processes.ok(workspace, "remove", *words(workspace), "--yes").code == 0
    assert len(rows(workspace)) == 12
    elsewhere = workspace.folder / "elsewhere"
    elsewhere.mkdir()
    workspace.settings["campaigns"] = str(elsewhere)  # another host: its lock is not ours
    workspace.write()
    processes.ok(workspace, "submit", *words(workspace), "--unblock", "failed", "finished", "--yes")
    assert {row[3] for row in rows(workspace).values()} == {1}
    first.send(signal.SIGCONT)
    assert first.end().code == 0
    assert (most_jobs(workspace), len(living(workspace))) == (1, 21)
    assert old_files(workspace) == []
