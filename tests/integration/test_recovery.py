"""The recovery verbs on both databases, with the local batch: choose, preview, ask, act, and books that agree."""

import os
import sqlite3
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest

from prodcli.batch.local import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.config import load_config
from tests.support.local_jobs import job, jobs, submit
from tests.support.passes import LONG_AGO
from tests.support.world import World, seeded_catalog

TAG = "ana537_2025p010_v001"
STATE = "SELECT id, CAST(status AS text), substatus FROM production_jobs WHERE schedd = 'local' ORDER BY id"


@pytest.fixture
def queue(world: World) -> LocalBatch:
    """The local queue of a workspace whose books have no jobs yet."""
    world.load(seeded_catalog(1))
    batch = open_batch(load_config(world.file, world.folder))
    assert isinstance(batch, LocalBatch)
    return batch


def submitted(world: World, queue: LocalBatch, count: int, ladder: str = "1000,2000,4000") -> list[int]:
    """Submit jobs and book them as a pass does; returns their dbids."""
    claim = str(uuid4())
    first = int(world.sql("SELECT COALESCE(MAX(id), 0) + 1 FROM production_jobs")[0][0])
    cluster = submit(queue, world.folder / claim, *(["true"] * count), claim=claim, dbid=first, attempt="1")
    steps = f"[{ladder}]" if world.cluster is None else f"{{{ladder}}}"
    for proc in range(count):
        world.sql(
            "INSERT INTO production_jobs (id, clusterid, procid, rulename, tag, dataset, dsttype, filename, runnumber,"
            " segment, status, submitted, schedd, claim_id, attempt, request_memory)"
            " VALUES (?, ?, ?, 'cluster', ?, 'run3auau', 'DST_TRKR_CLUSTER', ?, 69600, ?, 'submitted', ?, 'local', ?, 1, ?)",
            *(first + proc, cluster, proc, TAG, f"f{first + proc}", proc, LONG_AGO, claim, steps),
        )
    world.sql(
        "INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, status)"
        " SELECT id, attempt, 0, claim_id, schedd, clusterid, procid, 1000, status FROM production_jobs WHERE claim_id = ?",
        claim,
    )
    return list(range(first, first + count))


def held(
    world: World, queue: LocalBatch, dbids: list[int], code: int, subcode: int, reason: str, used: int = 0
) -> None:
    """Hold jobs as a starter does; the clock of the queue is long past, so that what follows is later."""
    queue.hold(SCHEDD, [key for key, one in jobs(queue).items() if one.dbid in dbids], reason)
    with sqlite3.connect(queue.database) as connection:
        for dbid in dbids:
            connection.execute(
                "UPDATE jobs SET hold_code = ?, hold_subcode = ?, since = since - 3600, memory_used = ? WHERE dbid = ?",
                (code, subcode, used or None, dbid),
            )


def states(world: World) -> dict[int, tuple[str, str]]:
    """What the books say of the jobs that were submitted."""
    return {dbid: (status, substatus) for dbid, status, substatus in world.sql(STATE)}


def everything(world: World, queue: LocalBatch) -> list[object]:
    """All that a dry run might touch."""
    tables = (
        "production_jobs",
        "production_attempts",
        "production_actions",
        "production_action_jobs",
        "production_harvest",
    )
    books = [world.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, jobs(queue), sorted((world.folder / "logs").glob("*"))]


def logged(world: World, *words: object) -> list[dict[str, Any]]:
    """What the log shows."""
    return world.json("log", *words)  # type: ignore[no-any-return]


def test_release_leaves_what_a_person_held(world: World, queue: LocalBatch) -> None:
    dbids = submitted(world, queue, 6)
    held(world, queue, dbids[:2], 13, 2, "Transfer input files failure for /a/b")
    held(world, queue, dbids[2:4], 1, 0, "via condor_hold (by user x)")
    before = everything(world, queue)
    world.ok("release", "--tag", TAG, "--dry-run")
    assert everything(world, queue) == before
    assert world.run("release", "--tag", TAG).code == 2
    answer = world.json("release", "--tag", TAG, "--yes", "--reason", "the disk is back")
    assert answer["dbids"] == dbids[:2]
    assert answer["left"] == {"not held": 2, "a person held them (--user-holds takes them, too)": 2}
    assert (answer["action"]["jobs"], answer["action"]["changed"], answer["action"]["failed"]) == (2, 2, {})
    assert [one.queue.name for one in jobs(queue).values()] == ["IDLE"] * 2 + ["HELD"] * 2 + ["IDLE"] * 2
    assert [states(world)[dbid][0] for dbid in dbids] == ["submitted"] * 2 + ["held"] * 2 + ["submitted"] * 2
    (line,) = logged(world)
    assert (line["verb"], line["jobs"], line["state"], line["reason"]) == ("release", 2, "done", "the disk is back")
    assert line["result"] == "2 of 2 jobs changed"
    world.ok("release", "--tag", TAG, "--yes", "--user-holds")
    assert [one.queue.name for one in jobs(queue).values()] == ["IDLE"] * 6
    assert len(logged(world, "--dbid", dbids[2])) == 1
    assert [one["verb"] for one in logged(world, "--verb", "hold")] == []
    assert len(logged(world, "--since", "1h")) == 2


def test_hold_kill_and_priority(world: World, queue: LocalBatch) -> None:
    dbids = submitted(world, queue, 4)
    world.ok("hold", "--dbid", dbids[0], dbids[1], "--yes")
    assert [states(world)[dbid][0] for dbid in dbids] == ["held"] * 2 + ["submitted"] * 2
    world.ok("priority", 77, "--state", "submitted", "--tag", TAG, "--yes")
    with sqlite3.connect(queue.database) as connection:
        assert connection.execute("SELECT priority FROM jobs ORDER BY dbid").fetchall() == [(5,), (5,), (77,), (77,)]
    before = everything(world, queue)
    for words in (("hold",), ("kill",), ("priority", 3)):
        world.ok(*words, "--tag", TAG, "--dry-run")
    assert everything(world, queue) == before
    world.ok("kill", "--dbid", dbids[0], dbids[2], "--yes", "--reason", "wrong geometry")
    assert [states(world)[dbid] for dbid in (dbids[0], dbids[2])] == [("failed", "removed")] * 2
    assert len(queue.living(SCHEDD)) == 2
    assert [line["verb"] for line in logged(world)] == ["hold", "priority", "kill"]
    world.ok("harvest", "--sweep")
    world.ok("reconcile")
    assert [states(world)[dbid][0] for dbid in (dbids[1], dbids[3])] == ["held", "submitted"]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (("--tag", TAG), [0, 1, 2, 3, 4, 5]),
        (("--tag", "ana000_x_v001"), []),
        (("--dsttype", "DST_TRKR"), [0, 1, 2, 3, 4, 5]),
        (("--dsttype", "DST_TRKR_CLUS"), []),
        (("-r", "cluster", "--limit", 2), [0, 1]),
        (("--runs", 69599, 69601, "--segments", 1, 2), [1, 2]),
        (("--runs", 1, 2), []),
        (("--state", "held"), [0, 1, 2, 3]),
        (("--state", "submitted", "running"), [4, 5]),
        (("--state", "waiting"), []),
        (("--code", "34"), [0, 1]),
        (("--code", "34/102", "13/2"), [0, 1, 2, 3]),
        (("--code", "13/9"), []),
        (("--hold-reason", "CGROUP memory"), [0, 1]),
        (("--hold-reason", "100%_"), [2, 3]),
        (("--hold-reason", "100x"), []),
        (("--node", "spool0301"), []),
        (("--older-than", "30m", "--state", "held"), [0, 1, 2, 3]),
        (("--older-than", "2h", "--state", "held"), []),
        (("--cluster", "1"), [0, 1, 2, 3, 4, 5]),
        (("--cluster", "1.3@local", "1.0"), [0, 3]),
        (("--cluster", "1@other"), []),
    ],
)
def test_jobs_are_chosen_by(world: World, queue: LocalBatch, words: tuple[object, ...], chosen: list[int]) -> None:
    dbids = submitted(world, queue, 6)
    held(world, queue, dbids[:2], 34, 102, "Job has gone over cgroup memory limit of 1000 megabytes")
    held(world, queue, dbids[2:4], 13, 2, "disk 100%_full")
    world.ok("harvest")
    assert world.json("kill", *words, "--dry-run")["dbids"] == [dbids[one] for one in chosen]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "say which jobs"),
        (("--state", "failed"), "'failed' is no state of a job in a queue"),
        (("--code", "x"), "'x' is not understood"),
        (("--cluster", "1.2.3"), "'1.2.3' is not understood"),
        (("--older-than", "x"), "'x' is not an age"),
        (("--limit", "0"), "--limit"),
        (("--segments", "x"), "--segments"),
    ],
)
def test_bad_options_are_told(world: World, queue: LocalBatch, words: tuple[str, ...], says: str) -> None:
    answer = world.run("kill", *words, "--yes")
    assert answer.code == 2
    assert says in answer.err
    assert len(answer.err.splitlines()) == 1


def interrupted(world: World, step: str, *words: object) -> None:
    """A verb that is killed at a step."""
    environment = os.environ | {"PRODCLI_FAULT": f"{step}:kill"}
    command = [sys.executable, "-m", "prodcli", "--site", str(world.file), *map(str, words)]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == -9


@pytest.mark.parametrize(
    ("step", "left"), [("recover.intended", "held"), ("recover.acted", "submitted"), ("recover.closed", "submitted")]
)
@pytest.mark.parametrize("by", ["reconcile", "release"])
def test_who_is_killed_leaves_nothing_open(world: World, queue: LocalBatch, step: str, left: str, by: str) -> None:
    dbids = submitted(world, queue, 3)
    held(world, queue, dbids, 13, 2, "no such file")
    interrupted(world, step, "release", "--tag", TAG, "--yes")
    assert [line["state"] for line in logged(world)] == ["done" if step == "recover.closed" else "intended"]
    world.ok(by, *(("--code", 99, "--yes") if by == "release" else ()))
    (line,) = logged(world)
    moved = 0 if left == "held" else 3
    assert (line["state"], line["result"].endswith(f"{moved} of 3 jobs changed")) == ("done", True)
    assert line["result"].startswith("interrupted") is (step != "recover.closed")
    assert [states(world)[dbid][0] for dbid in dbids] == [left] * 3
    world.ok("release", "--tag", TAG, "--yes")
    assert [states(world)[dbid][0] for dbid in dbids] == ["submitted"] * 3


def test_a_job_is_in_one_open_action(world: World, queue: LocalBatch) -> None:
    dbids = submitted(world, queue, 3)
    world.ok("harvest")
    world.sql(
        "INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs,"
        " parameters, result) SELECT 'a', 'hold', 'x', 'elsewhere', 1, '', '', harvested, '', 'intended', 1, '{}', ''"
        " FROM production_harvest"
    )
    world.sql(
        "INSERT INTO production_action_jobs (action_id, dbid, attempt, step, schedd, clusterid, procid, status, entered)"
        " VALUES ('a', ?, 1, 0, 'local', 1, 0, 'submitted', 0)",
        dbids[0],
    )
    assert world.json("hold", "--tag", TAG, "--yes")["action"]["jobs"] == 2
    assert job(queue, 1, 0).queue.name == "IDLE"
