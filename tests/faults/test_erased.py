"""kill -9 at every step of a redo or an erasure: after it is said again no old file is left, and no output has two jobs."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.fault_points import STEPS
from tests.faults.conftest import LONG, MakeWorld
from tests.support import processes
from tests.support.batch_ledger import ever_submitted
from tests.support.condor_jobs import NEVER
from tests.support.condor_pool import wait_for
from tests.support.finished_outputs import OLD, catalogued, finish, place, rows, words, write
from tests.support.library_rules import changed
from tests.support.rule_files import write_rules
from tests.support.waiting_jobs import clear, schedd_of
from tests.support.workspace import World, seeded_catalog

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
def prepare(make: MakeWorld) -> Iterator[object]:
    """Make workspaces with jobs of which a part has finished and left files, and a part is live."""
    made: list[World] = []

    def prepared(database: str, batch: str) -> World:
        world = make(database, batch)
        made.append(world)
        world.load(seeded_catalog(1))
        world.sql("DELETE FROM production_jobs")
        world.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
        write_rules(world.folder / "rules", {"mvtxme": changed("mvtxme", job_requirements=NEVER)})
        world.ok("submit", *words(world), "--maxjobs", 6)
        queue = open_batch(load_config(world.file, world.folder))
        queue.remove(schedd_of(world), living(world), "ended")
        wait_for(lambda: not living(world))
        world.ok("harvest")
        finish(world)
        world.ok("submit", *words(world), "--maxjobs", 6)
        for name in list(rows(world))[-2:]:
            write(world, name)  # what a live job has written so far
        return world

    yield prepared
    for world in made:
        queue = open_batch(load_config(world.file, world.folder))
        clear(world, queue, schedd_of(world))


def living(world: World) -> set[tuple[int, int]]:
    """The jobs of this workspace that are in the queue."""
    queue = open_batch(load_config(world.file, world.folder))
    there = queue.living(schedd_of(world))
    return {job.place[1:] for job in ever_submitted(world) if job.place[1:] in there}


def most_jobs(world: World) -> int:
    """How many live jobs the output has that has most of them."""
    there = living(world)
    return max(Counter(job.output for job in ever_submitted(world) if job.place[1:] in there).values(), default=0)


def old_files(world: World) -> list[str]:
    """Files of the outputs that are still what they were."""
    return [name for name in rows(world) if place(world, name).exists() and place(world, name).read_text() == OLD]


@pytest.mark.parametrize(("database", "batch", "verb", "step"), cases())
def test_a_kill_leaves_nothing_that_comes_back(
    prepare: MakeWorld, database: str, batch: str, verb: tuple[str, ...], step: str
) -> None:
    world = prepare(database, batch)
    before = rows(world)
    assert len(before) == 12
    said = (*verb, *words(world), "--yes")
    processes.killed(world, *said, fault=step)
    assert most_jobs(world) <= 1
    if step in ERASED:  # else saying it again settles the claim, too
        processes.ok(world, "reconcile")
        assert {line["state"] for line in world.json("log")} == {"done"}
    processes.ok(world, *said)
    assert {line["state"] for line in world.json("log")} == {"done"}
    wait_for(lambda: len(living(world)) == (21 if verb == FORCE else 0))
    assert not catalogued(world)
    assert [name for name in before if place(world, name).exists()] == []
    assert most_jobs(world) == (1 if verb == FORCE else 0)
    after = rows(world)
    if verb == FORCE:
        assert {name: after[name][0] for name in before} == {name: row[0] for name, row in before.items()}
        assert {row[1] for row in after.values()} == {"submitted"}
        assert {after[name][3] >= 2 for name in before} == {True}
    else:
        assert after == {}
    assert world.sql("SELECT COUNT(*) FROM production_taken") == [(0,)]
    assert world.json("reconcile") == []
    world.ok("db", "check")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, LONG])])
def test_two_at_once_make_one_job_of_an_output(prepare: MakeWorld, database: str) -> None:
    """One stands still in the middle; passes, unblocking and another redo meanwhile leave its outputs alone."""
    world = prepare(database, "local")
    first = processes.Process(world, *FORCE, *words(world), "--yes", fault="erase.deleted:stop")
    first.wait_until_stopped()
    assert processes.ok(world, "remove", *words(world), "--yes").code == 0
    assert len(rows(world)) == 12
    elsewhere = world.folder / "elsewhere"
    elsewhere.mkdir()
    world.settings["campaigns"] = str(elsewhere)  # another host: its lock is not ours
    world.write()
    processes.ok(world, "submit", *words(world), "--unblock", "failed", "finished", "--yes")
    assert {row[3] for row in rows(world).values()} == {1}
    first.send(signal.SIGCONT)
    assert first.end().code == 0
    assert (most_jobs(world), len(living(world))) == (1, 21)
    assert old_files(world) == []
