"""Submission to real schedds: jobs made bit by bit, several schedds, and who gets the next cluster."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.htcondor.client import Client, ScheddSession
from prodcli.errors import BatchError
from tests.support.condor_jobs import NEVER, A, B, ads
from tests.support.condor_pool import Pool, wait_for
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.htcondor
RULE = "mvtxme"


@pytest.fixture
def workspace(condor_pool: Pool) -> Iterator[Workspace]:
    """A workspace whose jobs go to the pool and never run."""
    folder = condor_pool.folder()
    workspace = make_workspace(
        folder, None, {"system": "htcondor", "schedds": [A, B], "condor_config": condor_pool.config}
    )
    workspace.load(seeded_catalog(1))
    yield workspace
    batch = HTCondorBatch([A, B], condor_config=condor_pool.config)
    for schedd in (A, B):
        batch.remove(schedd, batch.living(schedd), "end of the test")
    workspace.drop()


def rules(workspace: Workspace, **job: Any) -> Path:
    """A rule whose jobs wait."""
    rule = {**RULES[RULE], "job": RULES[RULE]["job"] | {"requirements": NEVER} | job}
    return write_rules(workspace.folder / "rules", {RULE: rule})


def submit(workspace: Workspace, file: Path, *words: object) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = workspace.json("submit", "-c", file, "-r", RULE, *words)["submitted"]
    return done


def test_a_cluster_is_made_bit_by_bit(workspace: Workspace, condor_pool: Pool) -> None:
    file = rules(workspace, max_idle=2, max_materialize=3)
    (cluster,) = submit(workspace, file, "--schedd", B)
    assert (cluster["schedd"], cluster["jobs"]) == (B, 8)
    assert "max_idle = 2\nmax_materialize = 3\n" in (Path(cluster["folder"]) / "job.sub").read_text()
    batch = HTCondorBatch([B], condor_config=condor_pool.config)
    assert len(batch.living(B) & {(cluster["cluster"], proc) for proc in range(8)}) == 8
    wait_for(lambda: len(ads(batch, cluster["cluster"], schedd=B)) == 2)
    assert workspace.sql("SELECT COUNT(*), MIN(procid), MAX(procid) FROM production_jobs WHERE schedd = ?", B) == [
        (8, 0, 7)
    ]
    (name,) = workspace.sql("SELECT batch_name FROM production_claims")[0]
    assert batch.count(name).jobs == 8  # what waits counts, too
    assert submit(workspace, file, "--maxqueued", 8) == []


def test_all_jobs_are_made_at_once_where_the_rule_says_so(workspace: Workspace, condor_pool: Pool) -> None:
    (cluster,) = submit(workspace, rules(workspace, max_idle=0))
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    assert len(ads(batch, cluster["cluster"])) == 8
    assert "max_idle" not in (Path(cluster["folder"]) / "job.sub").read_text()


def test_how_a_schedd_takes_submissions_is_read_from_its_configuration(
    condor_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    assert (batch.intake(A).max_procs, batch.intake(A).max_idle) == (20_000, 314)  # the pool has 64 cores
    assert not batch.intake(A).retries_memory  # it is older than 25.2.1
    said = {"MAX_JOBS_PER_SUBMISSION": "500", "SCHEDD_ALLOW_LATE_MATERIALIZE": "false"}
    monkeypatch.setattr(ScheddSession, "setting", lambda _, name: said[name])
    assert (batch.intake(A).max_procs, batch.intake(A).max_idle) == (500, None)
    monkeypatch.setattr(ScheddSession, "setting", lambda *_: "")
    assert (batch.intake(A).max_procs, batch.intake(A).max_idle) == (20_000, None)
    with pytest.raises(BatchError, match="the collector does not know this schedd"):
        batch.intake("c@pool.prodcli.test")


def test_the_collector_tells_how_busy_schedds_are(condor_pool: Pool) -> None:
    batch = HTCondorBatch([A, "c@pool.prodcli.test", B], condor_config=condor_pool.config)
    loads = batch.loads()
    assert list(loads) == [A, "c@pool.prodcli.test", B]
    assert math.isinf(loads["c@pool.prodcli.test"])
    assert not math.isinf(loads[A] + loads[B])


@pytest.mark.parametrize(("maxqueued", "sizes"), [(5, [2, 2, 1]), (6, [2, 2, 2]), (7, [2, 2, 2, 1])])
def test_room_is_filled_exactly_by_clusters_that_follow_each_other(
    workspace: Workspace, maxqueued: int, sizes: list[int]
) -> None:
    """While a schedd takes a cluster it cannot be asked how many jobs it has."""
    done = submit(workspace, rules(workspace), "--maxqueued", maxqueued, "--chunk-size", 2)
    assert [cluster["jobs"] for cluster in done] == sizes
    assert submit(workspace, rules(workspace), "--maxqueued", maxqueued) == []


def test_auto_spreads_clusters_over_the_schedds(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "schedd_ads", lambda *_: {A: {}, B: {}})  # the real ones lag behind by minutes
    done = submit(workspace, rules(workspace), "--schedd", "auto", "--chunk-size", 2)
    assert {one["schedd"] for one in done} == {A, B}
    assert sum(one["jobs"] for one in done) == 8
    booked = dict(workspace.sql("SELECT clusterid || '@' || schedd, COUNT(*) FROM production_jobs"
                            " WHERE schedd IS NOT NULL GROUP BY 1"))  # fmt: skip  # type: ignore[arg-type]
    assert booked == {f"{one['cluster']}@{one['schedd']}": one["jobs"] for one in done}
    workspace.ok("harvest")
    assert workspace.sql("SELECT COUNT(*) FROM production_missing") == [(0,)]


def test_a_schedd_that_is_not_there_is_counted_by_the_books_and_gets_nothing(workspace: Workspace) -> None:
    workspace.settings["batch"]["schedds"] = [A, "c@pool.prodcli.test"]
    workspace.write()
    file = rules(workspace)
    answer = workspace.run("submit", "-c", file, "-r", RULE, "--schedd", "c@pool.prodcli.test")
    assert (answer.code, "the collector does not know this schedd" in answer.err) == (5, True)
    assert workspace.sql("SELECT COUNT(*) FROM production_claims") == [(0,)]
    answer = workspace.ok("submit", "-c", file, "-r", RULE, "--schedd", "auto", "--format", "json")
    assert [one["schedd"] for one in answer.data["submitted"]] == [A]
    assert "c@pool.prodcli.test: its jobs are counted in the books" in answer.err
