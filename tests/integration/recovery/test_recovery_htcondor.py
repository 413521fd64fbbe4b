"""The recovery verbs on a real pool: 200 held jobs of mixed reasons on two schedds."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.books.claims import Books
from prodcli.books.queue_presence import IN_QUEUE, ask_for
from prodcli.states import Queue
from prodcli.submission.context import escalation
from tests.support.booked_jobs import next_dbid, states, submitted, submitted_rows
from tests.support.condor_jobs import NEVER, A, B, ads, wait_until
from tests.support.condor_pool import Pool, wait_for
from tests.support.library_rules import load
from tests.support.workspace import Workspace, make_workspace, seeded_catalog

pytestmark = pytest.mark.htcondor
TAG = "ana537_x_v001"  # of the jobs that the support books


@pytest.fixture
def workspace(condor_pool: Pool, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with both schedds, where no other test has left jobs, and none of its own are left afterwards."""
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    for schedd in condor_pool.schedds:
        batch.remove(schedd, batch.living(schedd), "another test is over")
    wait_for(lambda: not any(batch.living(schedd) for schedd in condor_pool.schedds))
    settings = {"system": "htcondor", "schedds": list(condor_pool.schedds), "condor_config": condor_pool.config}
    made = make_workspace(condor_pool.folder(), None, settings)
    made.load(seeded_catalog(1))
    made.sql("DELETE FROM production_jobs")
    yield made
    for schedd in condor_pool.schedds:
        claims = {claim for (claim,) in made.sql("SELECT claim_id FROM production_jobs")}
        jobs, _ = batch.ours(schedd)
        batch.remove(schedd, {(job.cluster, job.proc) for job in jobs if job.claim in claims}, "test is over")
    made.drop()


def codes(workspace: Workspace, *words: object) -> Counter[str]:
    """Held jobs by hold code, as a dry run lists them."""
    groups = workspace.json("kill", "--state", "held", *words, "--dry-run")["groups"]
    found: Counter[str] = Counter()
    for group in groups:
        found[group["code"]] += group["jobs"]
    return found


def held_jobs(workspace: Workspace, batch: HTCondorBatch, pool: Pool) -> None:
    """200 held jobs: memory, as a starter holds for it, a person, submitted on hold, a folder that is not there."""
    memory = submitted_rows(workspace, batch, pool, 60, A, requirements=NEVER)
    person = submitted_rows(workspace, batch, pool, 40, B, requirements=NEVER)
    submitted_rows(workspace, batch, pool, 60, B, hold="true", requirements=NEVER)
    submitted_rows(workspace, batch, pool, 40, A, transfer_input_files="/nowhere/x", should_transfer_files="YES")
    submitted_rows(workspace, batch, pool, 10, A, requirements=NEVER)  # idle
    batch.hold(A, [(memory, proc) for proc in range(60)], "Job has gone over cgroup memory limit of 1000 megabytes")
    with batch._client.session(A, "test") as session:
        ids = [f"{memory}.{proc}" for proc in range(60)]
        session.schedd.edit(ids, "HoldReasonCode", "34")
        session.schedd.edit(ids, "HoldReasonSubCode", "102")
    batch.hold(B, [(person, proc) for proc in range(40)], "by hand")
    wait_for(lambda: workspace.ok("harvest") and states(workspace).get(("held", ""), 0) == 200)


def real_trouble(workspace: Workspace, batch: HTCondorBatch, pool: Pool) -> Path:
    """200 held jobs: memory by real over-use, a person, their own policy, an input that is missing; returns that file."""
    folder = pool.folder()
    # on a slot that is large enough it is done at once
    enough = 'test "$(sed -n "s/^Memory = //p" "$_CONDOR_MACHINE_AD")" -gt 200 && exit 0'
    hungry = f"{enough}; (head -c 160000000 /dev/zero; sleep 600) | tail -c 160000000"
    submitted(workspace, batch, pool, *[hungry] * 20, request_memory="100MB")
    person = submitted_rows(workspace, batch, pool, 40, B, requirements=NEVER)
    submitted_rows(
        workspace, batch, pool, 60, B, requirements=NEVER, periodic_hold="JobStatus == 1 && (NumHolds ?: 0) == 0"
    )
    missing = folder / "input.dat"
    # of the same size, as a slot that is given back may get the next job whatever it asks for
    files = {"transfer_input_files": str(missing), "should_transfer_files": "YES"}
    submitted_rows(workspace, batch, pool, 80, A, request_memory="100MB", **files)
    batch.hold(B, [(person, proc) for proc in range(40)], "by hand")
    wait_for(lambda: workspace.ok("harvest") and states(workspace).get(("held", ""), 0) == 200, 240)
    return missing


def peaks(workspace: Workspace) -> None:
    """Jobs of the same kind that finished, with what they used."""
    first = next_dbid(workspace)
    for dbid in range(first, first + 12):
        workspace.sql(
            "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, attempt)"
            " VALUES (?, 'r', ?, 'run3auau', 'DST_TRKR_MVTXME', ?, 66456, ?, 'finished', 1)",
            *(dbid, TAG, f"f{dbid}", dbid),
        )
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, status)"
            " VALUES (?, 1, 0, 512, 180, 'finished')",
            dbid,
        )


def rescue(workspace: Workspace, *words: object) -> dict[str, Any]:
    """The rows of a rescue by hold code, and what was applied."""
    answer = workspace.json("rescue", "--tag", TAG, *words)
    return {line["code"]: line for line in answer["wrong"]} | {"applied": answer["applied"]}


def test_a_rescue_of_jobs_that_are_held_for_real_reasons(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    missing = real_trouble(workspace, batch, condor_pool)
    peaks(workspace)
    assert [(line["jobs"], line["code"]) for line in workspace.json("mark-held", "--tag", TAG)] == [
        *((80, "13/2"), (60, "3/0"), (40, "1/0"), (20, "21/102"))
    ]
    rows = rescue(workspace)
    assert {code: (row["jobs"], row["action"]) for code, row in rows.items() if code != "applied"} == {
        "13/2": (80, "retry"),
        "3/0": (60, "ask"),
        "1/0": (40, "ask"),
        "21/102": (20, "more memory"),
    }
    (memory,) = rescue(workspace, "--apply", rows["21/102"]["key"], "--yes")["applied"]
    assert (memory["jobs"], memory["groups"][0]["asked_min_mb"], memory["groups"][0]["new_max_mb"]) == (20, 100, 256)
    assert "by the peaks of 12 finished jobs" in memory["notes"][0]
    wait_for(lambda: workspace.ok("harvest") and states(workspace).get(("finished", ""), 0) == 32, 240)
    (tried,) = rescue(workspace, "--apply", rows["13/2"]["key"], "--limit", 3, "--yes")["applied"]
    assert (tried["jobs"], tried["left"], tried["more_match"]) == (3, {}, 77)
    wait_for(lambda: workspace.ok("harvest") and codes(workspace)["13/2"] == 80, 240)  # it is missing still
    assert (rescue(workspace)["13/2"]["helped"], rescue(workspace)["13/2"]["retried"]) == (0, 3)
    missing.write_text("here it is")
    missing.chmod(0o644)
    rescue(workspace, "--apply", rows["13/2"]["key"], "--yes")
    wait_for(lambda: workspace.ok("harvest") and states(workspace).get(("finished", ""), 0) == 112, 240)
    workspace.ok("clear-held", "--tag", TAG, "--code", 3, "--limit", 20, "--yes")
    workspace.ok("park", "--tag", TAG, "--code", 3, "--limit", 20, "--yes", "--reason", "later")
    assert (len(workspace.json("parked")), len(workspace.json("parked", "--code", 3))) == (20, 20)
    workspace.ok("resubmit", "--tag", TAG, "--state", "held", "--clone", "--code", 3, "--yes")
    workspace.ok("resubmit", "--tag", TAG, "--state", "removed", "--clone", "--yes")
    workspace.ok("unpark", "--tag", TAG, "--limit", 5, "--mem", "300MB", "--yes")
    now = "SELECT attempt, substatus, COUNT(*) FROM production_jobs WHERE schedd = ? GROUP BY 1, 2 ORDER BY 1, 2"
    assert workspace.sql(now, B) == [(1, "", 40), (1, "parked", 15), (2, "", 45)]
    wait_for(lambda: workspace.ok("harvest") and codes(workspace)["3/0"] == 45)  # what is cloned has the same policy
    workspace.ok("release", "--tag", TAG, "--code", 3, "--yes", "--reason", "the policy was wrong")
    assert codes(workspace) == {"1/0": 40}
    assert [(line["verb"], line["jobs"], line["state"]) for line in workspace.json("log")] == [
        *(("resubmit", 20, "done"), ("release", 3, "done"), ("release", 80, "done"), ("clear-held", 20, "done")),
        *(("park", 20, "done"), ("resubmit", 20, "done"), ("resubmit", 20, "done"), ("unpark", 5, "done")),
        ("release", 45, "done"),
    ]
    workspace.ok("harvest", "--sweep")
    assert workspace.json("reconcile", "--dry-run") == []


def test_a_morning(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    held_jobs(workspace, batch, condor_pool)
    found = codes(workspace)
    assert (found["34/102"], found["1/0"], found["15/0"]) == (60, 40, 60)
    assert sum(found.values()) == 200
    workspace.ok("release", "--tag", TAG, "--code", 1, 15, "--yes")
    assert (codes(workspace)["1/0"], codes(workspace)["15/0"]) == (40, 0)
    workspace.ok("priority", 7, "--tag", TAG, "--state", "submitted", "--yes")
    workspace.ok("kill", "--tag", TAG, "--code", 13, "--yes", "--reason", "no such file")
    assert states(workspace)["failed", "removed"] == 40
    workspace.ok("hold", "--tag", TAG, "--state", "submitted", "--limit", 5, "--yes")
    assert codes(workspace)["1/0"] == 45
    assert {line["state"] for line in workspace.json("log")} == {"done"}
    workspace.ok("harvest", "--sweep")


def test_more_memory_where_the_jobs_are(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    held_jobs(workspace, batch, condor_pool)
    lines = {line["code"]: line for line in workspace.json("mark-held", "--tag", TAG)}
    assert (lines["34/102"]["jobs"], lines["34/102"]["what_helps"]) == (
        60,
        f"try 5 of 60 first: prodcli resubmit --auto --tag {TAG} --dsttype DST_TRKR_MVTXME --code 34/102 --limit 5",
    )
    before = {job for schedd in condor_pool.schedds for job in batch.living(schedd)}
    answer = workspace.json("resubmit", "--tag", TAG, "--mem", "1500MB", "--max-mem", "2GB", "--yes")
    assert (answer["jobs"], answer["action"]["changed"]) == (60, 60)
    (cluster,) = workspace.sql("SELECT MIN(clusterid) FROM production_jobs WHERE schedd = ?", A)[0]
    assert {ad["RequestMemory"] for ad in ads(batch, cluster, "RequestMemory")} == {1500}
    assert {job for schedd in condor_pool.schedds for job in batch.living(schedd)} == before
    assert Counter(workspace.sql("SELECT step, memory_asked FROM production_attempts WHERE step = 1")) == {
        (1, 1500): 60
    }
    assert codes(workspace) == {"1/0": 40, "15/0": 60, "13/2": 40}
    workspace.ok("clear-held", "--tag", TAG, "--yes", "--reason", "given up")
    assert codes(workspace) == {"1/0": 40}
    assert states(workspace)["failed", "removed"] == 100
    reasons = workspace.sql("SELECT DISTINCT hold_code FROM production_attempts WHERE substatus = 'removed' ORDER BY 1")
    assert reasons == [(13,), (15,)]


def test_jobs_that_were_never_made_are_booked_as_removed(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    submitted_rows(workspace, batch, condor_pool, 100, A, requirements=NEVER, max_idle="10")
    wait_for(
        lambda: workspace.ok("harvest") and states(workspace) == {("submitted", ""): 10, ("submitted", "waiting"): 90}
    )
    dbids = [dbid for (dbid,) in workspace.sql("SELECT id FROM production_jobs ORDER BY id")]
    assert workspace.run("kill", "--dbid", *dbids[:50], "--yes").code == 5  # a part of those that wait cannot be taken
    assert states(workspace) == {("submitted", ""): 10, ("submitted", "waiting"): 90}  # and so nothing is
    workspace.ok("kill", "--tag", TAG, "--yes")
    assert states(workspace) == {("failed", "removed"): 100}


def hungry(workspace: Workspace, batch: HTCondorBatch, pool: Pool, ladder: str, **commands: str) -> int:
    """A job that takes 300 MB and stays, with a ladder as older schedds climb it; returns the cluster."""
    steps = escalation(load("seed", job_request_memory=ladder).job, retries_memory=False)
    script = "{ head -c 300000000 /dev/zero; sleep 600; } | dd of=/dev/null bs=300000000 count=2 iflag=fullblock"
    return submitted(workspace, batch, pool, script, **{**steps, **commands})


def settled(workspace: Workspace, batch: HTCondorBatch, cluster: int, holds: int) -> dict[str, Any]:
    """A job's ad when it is held for memory for the so-manieth time, and the schedd has had time to release it."""

    def ask() -> dict[str, Any] | None:
        (ad,) = ads(batch, cluster, "JobStatus", "HoldReasonCode", "NumHolds", "RequestMemory", "EnteredCurrentStatus")
        with batch._client.session(A, "test") as session:
            waited = session.clock - ad["EnteredCurrentStatus"]
        done = ad["JobStatus"] == 5 and ad["HoldReasonCode"] in (21, 34) and waited > 6  # it looks every two seconds
        return ad if done else None

    ad = wait_for(ask)
    assert ad is not None
    assert ad["NumHolds"] == holds
    workspace.ok("harvest")
    return ad


def test_more_memory_for_a_job_at_the_end_of_its_ladder_sticks(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    cluster = hungry(workspace, batch, condor_pool, "60 MB, 120 MB")
    assert settled(workspace, batch, cluster, 2)["RequestMemory"] == 120  # it has climbed, and is at the end
    assert workspace.json("resubmit", "--tag", TAG, "--mem", "180MB", "--yes")["jobs"] == 1
    assert settled(workspace, batch, cluster, 3)["RequestMemory"] == 180  # not enough: it stays held
    assert workspace.json("resubmit", "--tag", TAG, "--mem", "1GB", "--yes")["jobs"] == 1
    wait_until(batch, cluster, Queue.RUNNING)
    assert ads(batch, cluster, "RequestMemory")[0]["RequestMemory"] == 1024
    asked = workspace.sql("SELECT step, memory_asked FROM production_attempts ORDER BY step")
    assert asked == [(0, 120), (1, 180), (2, 1024)]


def test_more_memory_below_the_end_of_the_ladder_leaves_the_ladder(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    cluster = hungry(workspace, batch, condor_pool, "60 MB, 120 MB, 200 MB", hold="true")
    workspace.ok("harvest")
    assert workspace.json("resubmit", "--tag", TAG, "--mem", "90MB", "--any-hold", "--yes")["jobs"] == 1
    # tried once with what a person said; another try with the same would be in vain
    assert settled(workspace, batch, cluster, 2)["RequestMemory"] == 90


def test_jobs_that_wait_to_be_made_are_not_gone(workspace: Workspace, condor_pool: Pool) -> None:
    batch = HTCondorBatch(list(condor_pool.schedds), condor_config=condor_pool.config)
    submitted_rows(workspace, batch, condor_pool, 40, A, requirements=NEVER, max_idle="10")
    submitted_rows(workspace, batch, condor_pool, 5, B, requirements=NEVER)
    wait_for(lambda: workspace.ok("harvest") and states(workspace).get(("submitted", "waiting"), 0) == 30)
    seen = list(Books(workspace.database()).seen([f"f{number}" for number in range(1, 10_000)]).values())
    assert len(seen) == 45
    found = ask_for(batch, seen)
    assert (found.rows, len(found.queued), set(found.left.values())) == ((), 45, {IN_QUEUE})
    workspace.ok("kill", "--tag", TAG, "--yes")
    wait_for(lambda: len(ask_for(batch, seen).rows) == 45)
