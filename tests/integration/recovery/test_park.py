"""Parking: jobs leave the queue only after all that they are is kept, and nothing that is heard later changes that."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch.local.batch import LocalBatch
from prodcli.errors import BatchError
from tests.support.condor_pool import wait_for
from tests.support.held_jobs import held, in_queue, places, states, submitted
from tests.support.pass_processes import LONG_AGO, end, killed, stopped
from tests.support.waiting_jobs import JOBS, schedd_of, submit_words
from tests.support.workspace import COMBINATIONS, Workspace

EACH = pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
LOCAL = pytest.mark.parametrize(("database", "batch"), COMBINATIONS[:2])
TAG = "ana537_2025p010_v001"
PARKED = ("held", "parked", 1)


def kept(workspace: Workspace) -> dict[int, tuple[Any, Any]]:
    """Ad and item of what is kept, by dbid."""
    rows = workspace.sql("SELECT dbid, ad, item FROM production_parked ORDER BY dbid")
    return {dbid: (json.loads(ad), json.loads(item)) for dbid, ad, item in rows}


def files(workspace: Workspace) -> list[Path]:
    """The files of parked jobs."""
    return sorted(workspace.folder.glob("campaigns/*/*/*/parked-*.json"))


def everything(workspace: Workspace, queue: Any) -> list[Any]:
    """All that a dry run might touch."""
    names = ("jobs", "attempts", "actions", "action_jobs", "parked", "parked_descriptions")
    return [
        in_queue(workspace, queue),
        files(workspace),
        *(workspace.sql(f"SELECT * FROM production_{name} ORDER BY 1") for name in names),  # noqa: S608
    ]


@EACH
def test_all_is_kept_before_jobs_leave(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:3])
    held(real, queue, dbids[3:4], 1, 0)
    before = everything(real, queue)
    real.ok("park", "--tag", TAG, "--state", "held", "--dry-run")
    assert real.run("park", "--tag", TAG, "--state", "held").code == 2
    assert everything(real, queue) == before
    answer = real.json("park", "--tag", TAG, "--state", "held", "--yes", "--reason", "wait for the new software")
    assert (answer["dbids"], answer["action"]["changed"], answer["action"]["failed"]) == (dbids[:3], 3, {})
    assert answer["left"] == {"held by a person (--user-holds includes them)": 1}
    assert [states(real)[dbid] for dbid in dbids[:3]] == [PARKED] * 3
    in_queues = real.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'held' AND substatus <> 'parked'")
    for words in ((), ("--by", "status"), ("--runs", 0, 99_999_999)):  # counted from the rollup, and not
        lines = real.json("query", *words)
        assert [(sum(line["held"] for line in lines),), (sum(line["parked"] for line in lines),)] == [*in_queues, (3,)]
    assert in_queue(real, queue) == set(dbids[3:])
    assert sorted(kept(real)) == dbids[:3]
    ((description,),) = real.sql("SELECT description FROM production_parked_descriptions")
    (file,) = files(real)
    assert description == (file.parent / "job.sub").read_text()
    written = json.loads(file.read_text())
    assert written["reason"] == "wait for the new software"
    for job in written["jobs"]:
        ad, item = kept(real)[job["dbid"]]
        assert (job["ad"], job["item"], item["dbid"]) == (ad, item, str(job["dbid"]))
        place = places(real)[job["dbid"]]
        assert job["job"] == f"{place[0]}.{place[1]}@{schedd_of(real)}"
        words = json.dumps(ad)
        assert "run.sh" in words
        assert str(job["dbid"]) in words
    assert answer["dbids"] == [line["dbid"] for line in real.json("parked")]


@EACH
def test_nothing_that_is_heard_later_changes_parked_rows(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    real.ok("park", "--tag", TAG, "--state", "held", "--yes")
    gone = real.sql("SELECT clusterid FROM production_jobs WHERE substatus = 'parked' LIMIT 1")[0][0]
    wait_for(
        lambda: not any(one[0] == gone and one in queue.living(schedd_of(real)) for one in [places(real)[dbids[0]]])
    )
    real.sql("UPDATE production_jobs SET submitted = ? WHERE substatus = 'parked'", "2026-01-01T00:00:00.000Z")
    real.sql("UPDATE production_harvest SET cursor = ''")
    for _ in range(2):
        real.ok("harvest", "--sweep")
    real.ok("reconcile")
    assert [states(real)[dbid] for dbid in dbids[:2]] == [PARKED] * 2
    assert real.sql("SELECT COUNT(*) FROM production_missing") == [(0,)]
    codes = real.sql("SELECT DISTINCT hold_code, hold_subcode FROM production_attempts WHERE substatus = 'parked'")
    assert codes == [(34, 102)]
    real.ok("kill", "--tag", TAG, "--yes")  # takes none of them
    assert [states(real)[dbid] for dbid in dbids[:2]] == [PARKED] * 2
    assert in_queue(real, queue) == set()
    words = submit_words(real)
    skipped = {line["reason"]: line["count"] for line in real.json(*words, "-n")["skipped"]}
    assert skipped["blocked"] >= JOBS
    assert real.json("mark-held", "--tag", TAG) == []


@EACH
def test_parked_lists_them(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    held(real, queue, dbids[2:4], 13, 2)
    assert real.json("parked") == []
    assert "no job is parked" in real.ok("parked").out
    real.ok("park", "--dbid", *dbids[:4], "--yes", "--reason", "later")
    lines = real.json("parked")
    assert [line["dbid"] for line in lines] == dbids[:4]
    first = lines[0]
    assert (first["tag"], first["dsttype"], first["code"], first["why"]) == (TAG, "DST_TRKR_MVTXME", "34/102", "later")
    assert "cgroup memory" in first["hold_reason"]
    assert first["asked_mb"] >= 2048
    assert [line["dbid"] for line in real.json("parked", "--code", 13)] == dbids[2:4]
    assert real.json("parked", "--limit", 1) == lines[:1]
    assert real.json("parked", "--dsttype", "DST_CALO") == []
    assert len(real.ok("parked", "--format", "csv").out.splitlines()) == 5


@EACH
def test_what_could_not_come_back_is_left_alone(real: Workspace, queue: Any) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    (file,) = real.folder.glob("campaigns/*/*/*/items.csv")
    file.unlink()
    answer = real.json("park", "--tag", TAG, "--state", "held", "--yes")
    assert (answer["jobs"], answer["left"]) == (0, {"rendered files are gone or unreadable": 2})
    assert in_queue(real, queue) == set(dbids)


@LOCAL
def test_a_schedd_that_refuses_keeps_its_jobs(real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])

    def refuse(*_: object) -> None:
        raise BatchError("no answer", where="schedd local")

    for method in ("full_ads", "remove"):
        with monkeypatch.context() as patched:
            patched.setattr(LocalBatch, method, refuse)
            answer = real.run("park", "--dbid", *dbids[:2], "--yes")
        assert (answer.code, answer.err.count("\n")) == (5, 1)
        assert kept(real) == {}
        assert [states(real)[dbid] for dbid in dbids[:2]] == [("held", "", 1)] * 2
    real.ok("kill", "--dbid", dbids[0], "--yes")
    assert states(real)[dbids[0]] == ("failed", "removed", 1)
    real.ok("park", "--dbid", dbids[1], "--yes")
    assert states(real)[dbids[1]] == PARKED


@LOCAL
def test_a_disk_that_is_full_keeps_jobs_in_the_queue(
    real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = submitted(real)
    held(real, queue, dbids[:2])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prodcli.recovery.park.os.fsync", full)
    answer = real.run("park", "--dbid", *dbids[:2], "--yes")
    assert (answer.code, "the jobs cannot be kept: No space left on device" in answer.err) == (5, True)
    assert (kept(real), in_queue(real, queue)) == ({}, set(dbids))


@LOCAL
def test_who_is_given_up_for_dead_takes_no_job_that_is_no_longer_kept(
    real: Workspace, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped for an hour between keeping and removing, while somebody elsewhere closed the action."""
    dbids = submitted(real)
    held(real, queue, dbids[:2])
    with stopped(real, "park.kept", "park", "--dbid", *dbids[:2], "--yes") as process:
        real.sql("UPDATE production_actions SET started = ?", LONG_AGO)
        with monkeypatch.context() as patch:
            patch.setattr("prodcli.books.claimant.short_host", lambda: "elsewhere")
            real.ok("reconcile")
        assert kept(real) == {}
    assert end(process).code != 0
    assert in_queue(real, queue) == set(dbids)
    assert [states(real)[dbid] for dbid in dbids[:2]] == [("held", "", 1)] * 2


@LOCAL
def test_a_kept_job_of_which_every_trace_is_lost_is_parked(real: Workspace, queue: Any) -> None:
    """Killed after the removal, and the history forgets the job before anybody looks."""
    dbids = submitted(real)
    held(real, queue, dbids[:1])
    killed(real, "recover.acted", "park", "--dbid", dbids[0], "--yes")
    with closing(sqlite3.connect(queue.database)) as connection:
        connection.execute("DELETE FROM jobs")
        connection.commit()
    real.ok("reconcile")
    assert states(real)[dbids[0]] == PARKED
