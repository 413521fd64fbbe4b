"""Excluded nodes on a real pool: jobs stay away from its one machine, made or not, and run when they may again."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.states import Queue
from tests.support.booked_jobs import states, submitted
from tests.support.condor_jobs import NEVER, A, B, ads, jobs
from tests.support.condor_pool import Pool, wait_for
from tests.support.rule_files import rule, write_rules
from tests.support.waiting_jobs import STREAMING, clear
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.htcondor
MACHINE = "pool.prodcli.test"
LIST = "My.ProdcliBadNodes"
JOBS = 12  # that the rule makes of the catalog


@pytest.fixture
def workspace(condor_pool: Pool) -> Iterator[Workspace]:
    """A workspace with both schedds, and no jobs of ours in them before and afterwards."""
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    for schedd in condor_pool.schedds:
        batch.remove(schedd, batch.living(schedd), "another test begins")
        wait_for(lambda schedd=schedd: not batch.living(schedd))
    settings = {"system": "htcondor", "schedds": list(condor_pool.schedds), "condor_config": condor_pool.config}
    made = make_workspace(condor_pool.folder(), None, settings)
    made.load(seeded_catalog(1))
    made.sql("DELETE FROM production_jobs")
    mask = os.umask(0)  # jobs run as another user
    yield made
    os.umask(mask)
    for schedd in condor_pool.schedds:
        clear(made, batch, schedd)
        claims = {claim for (claim,) in made.sql("SELECT claim_id FROM production_jobs")}
        batch.remove(schedd, {(job.cluster, job.proc) for job in batch.ours(schedd)[0] if job.claim in claims}, "over")
    made.drop()


@pytest.fixture
def batch(condor_pool: Pool) -> HTCondorBatch:
    """The pool's schedds."""
    return HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)


def exclude(workspace: Workspace, verb: str, *words: object) -> Any:
    """Exclude the pool's machine, or no longer."""
    reason = ("--reason", "test") if verb == "add" else ()
    return workspace.json("nodes", "exclude", verb, MACHINE.upper(), *reason, *words, "--yes")


def lists(batch: HTCondorBatch, cluster: int, schedd: str = A) -> list[tuple[int | None, str]]:
    """What a cluster's ad (None) and its jobs carry, by proc."""
    with batch._client.session(schedd, "test") as session:
        found = session.queue(f"ClusterId == {cluster}", ["ProcId", "ProdcliBadNodes"], cluster_ads=True)
    return sorted(
        ((ad.get("ProcId"), ad["ProdcliBadNodes"]) for ad in found), key=lambda one: (one[0] is not None, one[0])
    )


def submit_rule(workspace: Workspace, **more: Any) -> tuple[str, int]:
    """Submit by a rule that keeps two jobs idle; returns schedd and cluster."""
    made = rule("DST_TRKR_MVTXME", "ana.537", "2025p010", STREAMING, job_max_idle=2, **more)
    answer = workspace.json("submit", "-c", write_rules(workspace.folder / "rules", {"mvtxme": made}))
    (one,) = answer["submitted"]
    assert one["jobs"] == JOBS
    return one["schedd"], one["cluster"]


def test_jobs_keep_away_from_an_excluded_node_and_run_when_they_may(workspace: Workspace, batch: HTCondorBatch) -> None:
    exclude(workspace, "add")
    schedd, cluster = submit_rule(workspace)
    wait_for(lambda: len(jobs(batch, cluster, schedd)) == 2)
    with batch._client.session(schedd, "test") as session:  # the pool has looked at them, and passed them over
        wait_for(lambda: session.queue(f"ClusterId == {cluster} && LastRejMatchTime > 0", ["ProcId"]))
    assert {event.queue for event in jobs(batch, cluster, schedd).values()} == {Queue.IDLE}
    assert exclude(workspace, "remove")["told"]["jobs"] == {A: JOBS, B: 0}
    wait_for(lambda: workspace.ok("harvest") and states(workspace) == {("finished", ""): JOBS})


def test_jobs_that_wait_are_told_also_before_they_are_made(workspace: Workspace, batch: HTCondorBatch) -> None:
    schedd, cluster = submit_rule(workspace, job_requirements=NEVER)
    wait_for(lambda: len(jobs(batch, cluster, schedd)) == 2)
    preview = workspace.json("nodes", "exclude", "add", MACHINE, "--reason", "x", "--dry-run")["schedds"]
    assert [(row["schedd"], row["jobs"], row["no_list"]) for row in preview] == [(A, JOBS, 0), (B, 0, 0)]
    assert lists(batch, cluster) == [(None, ""), (0, ""), (1, "")]
    assert exclude(workspace, "add")["told"] == {"jobs": {A: JOBS, B: 0}, "kept": {}, "failed": {}}
    batch.remove(A, {(cluster, 0)}, "test")  # another is made in its place
    wait_for(lambda: (2, MACHINE) in lists(batch, cluster))
    assert lists(batch, cluster) == [(None, MACHINE), (1, MACHINE), (2, MACHINE)]
    assert workspace.sql("SELECT schedd, nodes FROM production_harvest ORDER BY schedd") == [(A, MACHINE), (B, MACHINE)]


def test_jobs_with_a_value_of_their_own_and_running_ones_are_told(
    workspace: Workspace, batch: HTCondorBatch, condor_pool: Pool
) -> None:
    own = submitted(workspace, batch, condor_pool, "true", "true", requirements=NEVER, **{LIST: '"other"'})
    runs = submitted(workspace, batch, condor_pool, "sleep 300", schedd=B, **{LIST: '""'})
    old = submitted(workspace, batch, condor_pool, "true", requirements=NEVER)  # of a version without lists
    with batch._client.session(A, "test") as session:
        session.schedd.edit([f"{own}.1"], "ProdcliBadNodes", '"mine"')
    wait_for(lambda: jobs(batch, runs, B)[0].queue is Queue.RUNNING)
    answer = exclude(workspace, "add")
    assert [row["no_list"] for row in answer["schedds"]] == [1, 0]
    assert answer["told"]["jobs"] == {A: 2, B: 1}
    assert {nodes for _, nodes in lists(batch, own)} == {nodes for _, nodes in lists(batch, runs, B)} == {MACHINE}
    assert jobs(batch, runs, B)[0].queue is Queue.RUNNING
    assert "ProdcliBadNodes" not in ads(batch, old, "ProdcliBadNodes")[0]


def test_the_next_harvest_tells_what_could_not_be_told(workspace: Workspace, batch: HTCondorBatch) -> None:
    schedd, cluster = submit_rule(workspace, job_requirements=NEVER)
    workspace.settings["batch"]["schedds"] = [A, "nobody@pool.prodcli.test"]
    workspace.write()
    answer = workspace.run("nodes", "exclude", "add", MACHINE, "--reason", "x", "--yes")
    assert (answer.code, "nobody@pool.prodcli.test" in answer.err) == (6, True)
    assert {nodes for _, nodes in lists(batch, cluster, schedd)} == {MACHINE}
    workspace.settings["batch"]["schedds"] = [A, B]
    workspace.write()
    workspace.sql("UPDATE production_excluded_nodes SET expires = '2026-01-01T00:00:00.000Z'")
    workspace.ok("harvest")
    assert {nodes for _, nodes in lists(batch, cluster, schedd)} == {""}


def test_names_that_the_pool_knows_are_not_warned_of(workspace: Workspace) -> None:
    for name, warned in ((MACHINE, False), ("POOL", False), ("pool.other.test", True)):
        answer = workspace.ok("nodes", "exclude", "add", name, "--reason", "x", "--dry-run")
        assert ("no machine of the pool" in answer.err) is warned, name
