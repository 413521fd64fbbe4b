"""The recovery verbs on a real pool: 200 held jobs of mixed reasons on two schedds."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor import HTCondorBatch
from tests.support.booked import states, submitted_rows
from tests.support.condor import Pool, wait_for
from tests.support.condor_jobs import NEVER, A, B
from tests.support.world import World, make_world, seeded_catalog

pytestmark = pytest.mark.htcondor
TAG = "ana537_x_v001"  # of the jobs that the support books


@pytest.fixture
def world(condor_pool: Pool, tmp_path: Path) -> Iterator[World]:
    """A workspace with both schedds, and no jobs of its own left in them afterwards."""
    settings = {"system": "htcondor", "schedds": list(condor_pool.schedds), "condor_config": condor_pool.config}
    made = make_world(condor_pool.folder(), None, settings)
    made.load(seeded_catalog(1))
    made.sql("DELETE FROM production_jobs")
    yield made
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    for schedd in condor_pool.schedds:
        claims = {claim for (claim,) in made.sql("SELECT claim_id FROM production_jobs")}
        jobs, _ = batch.ours(schedd)
        batch.remove(schedd, {(job.cluster, job.proc) for job in jobs if job.claim in claims}, "test is over")
    made.drop()


def codes(world: World, *words: object) -> Counter[str]:
    """Held jobs by hold code, as a dry run lists them."""
    groups = world.json("kill", "--state", "held", *words, "--dry-run")["groups"]
    found: Counter[str] = Counter()
    for group in groups:
        found[group["code"]] += group["jobs"]
    return found


def held_jobs(world: World, batch: HTCondorBatch, pool: Pool) -> None:
    """200 held jobs: memory, as a starter holds for it, a person, submitted on hold, a folder that is not there."""
    memory = submitted_rows(world, batch, pool, 60, A, requirements=NEVER)
    person = submitted_rows(world, batch, pool, 40, B, requirements=NEVER)
    submitted_rows(world, batch, pool, 60, B, hold="true", requirements=NEVER)
    submitted_rows(world, batch, pool, 40, A, transfer_input_files="/nowhere/x", should_transfer_files="YES")
    submitted_rows(world, batch, pool, 10, A, requirements=NEVER)  # idle
    batch.hold(A, [(memory, proc) for proc in range(60)], "Job has gone over cgroup memory limit of 1000 megabytes")
    with batch._client.session(A, "test") as session:
        ids = [f"{memory}.{proc}" for proc in range(60)]
        session.schedd.edit(ids, "HoldReasonCode", "34")
        session.schedd.edit(ids, "HoldReasonSubCode", "102")
    batch.hold(B, [(person, proc) for proc in range(40)], "by hand")
    wait_for(lambda: world.ok("harvest") and states(world).get(("held", ""), 0) == 200)


def test_a_morning(world: World, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    held_jobs(world, batch, condor_pool)
    found = codes(world)
    assert (found["34/102"], found["1/0"], found["15/0"]) == (60, 40, 60)
    assert sum(found.values()) == 200
    world.ok("release", "--tag", TAG, "--code", 1, 15, "--yes")
    assert (codes(world)["1/0"], codes(world)["15/0"]) == (40, 0)
    world.ok("priority", 7, "--tag", TAG, "--state", "submitted", "--yes")
    world.ok("kill", "--tag", TAG, "--code", 13, "--yes", "--reason", "no such file")
    assert states(world)["failed", "removed"] == 40
    world.ok("hold", "--tag", TAG, "--state", "submitted", "--limit", 5, "--yes")
    assert codes(world)["1/0"] == 45
    assert {line["state"] for line in world.json("log")} == {"done"}
    world.ok("harvest", "--sweep")
