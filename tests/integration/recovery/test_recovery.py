"""The recovery verbs on both databases, with the local batch: choose, preview, ask, act, and books that agree."""

import signal
import sqlite3
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from prodcli.batch import JobEvent
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.open import open_batch
from prodcli.books.actions import Author, intend, log
from prodcli.books.claimant import myself
from prodcli.config.settings import load_config
from prodcli.db import Database, Transaction
from prodcli.errors import BatchError, TransientDatabaseError
from prodcli.rules.load import load_rule
from prodcli.verbs import HOLD
from tests.support.documented_keys import undocumented
from tests.support.local_jobs import job, jobs, submit
from tests.support.pass_processes import LONG_AGO, killed
from tests.support.processes import Process
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, seeded_catalog

TAG = "ana537_2025p010_v001"
STATE = "SELECT id, CAST(status AS text), substatus FROM production_jobs WHERE schedd = 'local' ORDER BY id"


@pytest.fixture
def queue(workspace: Workspace) -> LocalBatch:
    """The local queue of a workspace whose books have no jobs yet."""
    workspace.load(seeded_catalog(1))
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    return batch


def submitted(workspace: Workspace, queue: LocalBatch, count: int, ladder: str = "1000,2000,4000") -> list[int]:
    """Submit jobs and book them as a pass does; returns their dbids."""
    claim = str(uuid4())
    first = int(workspace.sql("SELECT COALESCE(MAX(id), 0) + 1 FROM production_jobs")[0][0])
    cluster = submit(queue, workspace.folder / claim, *(["true"] * count), claim=claim, dbid=first, attempt="1")
    steps = f"[{ladder}]" if workspace.cluster is None else f"{{{ladder}}}"
    for proc in range(count):
        workspace.sql(
            "INSERT INTO production_jobs (id, clusterid, procid, rulename, tag, dataset, dsttype, filename, runnumber,"
            " segment, status, submitted, schedd, claim_id, attempt, request_memory)"
            " VALUES (?, ?, ?, 'cluster', ?, 'run3auau', 'DST_TRKR_CLUSTER', ?, 69600, ?, 'submitted', ?, 'local', ?, 1, ?)",
            *(first + proc, cluster, proc, TAG, f"f{first + proc}", proc, LONG_AGO, claim, steps),
        )
    workspace.sql(
        "INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, status)"
        " SELECT id, attempt, 0, claim_id, schedd, clusterid, procid, 1000, status FROM production_jobs WHERE claim_id = ?",
        claim,
    )
    return list(range(first, first + count))


def held(
    workspace: Workspace, queue: LocalBatch, dbids: list[int], code: int, subcode: int, reason: str, used: int = 0
) -> None:
    """Hold jobs as a starter does; the clock of the queue is long past, so that what follows is later."""
    queue.hold(SCHEDD, [key for key, one in jobs(queue).items() if one.dbid in dbids], reason)
    with closing(sqlite3.connect(queue.database)) as connection, connection:
        for dbid in dbids:
            connection.execute(
                "UPDATE jobs SET hold_code = ?, hold_subcode = ?, since = since - 3600, memory_used = ? WHERE dbid = ?",
                (code, subcode, used or None, dbid),
            )


def states(workspace: Workspace) -> dict[int, tuple[str, str]]:
    """What the books say of the jobs that were submitted."""
    return {dbid: (status, substatus) for dbid, status, substatus in workspace.sql(STATE)}


def queued(queue: LocalBatch) -> list[JobEvent]:
    """Every job as the queue has it, by dbid."""
    return sorted(jobs(queue).values(), key=lambda one: one.dbid)


def everything(workspace: Workspace, queue: LocalBatch) -> list[object]:
    """All that a dry run might touch."""
    tables = (
        "production_jobs",
        "production_attempts",
        "production_actions",
        "production_action_jobs",
        "production_harvest",
    )
    books = [workspace.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608
    return [books, jobs(queue), sorted((workspace.folder / "logs").glob("*"))]


def logged(workspace: Workspace, *words: object) -> list[dict[str, Any]]:
    """What the log shows."""
    return workspace.json("log", *words)  # type: ignore[no-any-return]


def test_release_leaves_what_a_person_held(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 6)
    held(workspace, queue, dbids[:2], 13, 2, "Transfer input files failure for /a/b")
    held(workspace, queue, dbids[2:4], 1, 0, "via condor_hold (by user x)")
    before = everything(workspace, queue)
    workspace.ok("release", "--tag", TAG, "--dry-run")
    assert everything(workspace, queue) == before
    assert workspace.run("release", "--tag", TAG).code == 2
    answer = workspace.json("release", "--tag", TAG, "--yes", "--reason", "the disk is back")
    assert answer["dbids"] == dbids[:2]
    assert answer["left"] == {"not held": 2, "held by a person (--user-holds includes them)": 2}
    assert (answer["action"]["jobs"], answer["action"]["changed"], answer["action"]["failed"]) == (2, 2, {})
    assert [one.queue.name for one in queued(queue)] == ["IDLE"] * 2 + ["HELD"] * 2 + ["IDLE"] * 2
    assert [states(workspace)[dbid][0] for dbid in dbids] == ["submitted"] * 2 + ["held"] * 2 + ["submitted"] * 2
    (line,) = logged(workspace)
    assert (line["verb"], line["jobs"], line["state"], line["reason"]) == ("release", 2, "done", "the disk is back")
    assert line["result"] == "2 of 2 jobs changed"
    workspace.ok("release", "--tag", TAG, "--yes", "--user-holds")
    assert [one.queue.name for one in queued(queue)] == ["IDLE"] * 6
    assert len(logged(workspace, "--dbid", dbids[2])) == 1
    assert [one["verb"] for one in logged(workspace, "--verb", "hold")] == []
    assert len(logged(workspace, "--since", "1h")) == 2


def test_hold_kill_and_priority(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 4)
    workspace.ok("hold", "--dbid", dbids[0], dbids[1], "--yes")
    assert [states(workspace)[dbid][0] for dbid in dbids] == ["held"] * 2 + ["submitted"] * 2
    workspace.ok("priority", 77, "--state", "submitted", "--tag", TAG, "--yes")
    with closing(sqlite3.connect(queue.database)) as connection, connection:
        assert connection.execute("SELECT priority FROM jobs ORDER BY dbid").fetchall() == [(5,), (5,), (77,), (77,)]
    before = everything(workspace, queue)
    for words in (("hold",), ("kill",), ("priority", 3)):
        workspace.ok(*words, "--tag", TAG, "--dry-run")
    assert everything(workspace, queue) == before
    workspace.ok("kill", "--dbid", dbids[0], dbids[2], "--yes", "--reason", "wrong geometry")
    assert [states(workspace)[dbid] for dbid in (dbids[0], dbids[2])] == [("failed", "removed")] * 2
    assert len(queue.living(SCHEDD)) == 2
    assert [line["verb"] for line in logged(workspace)] == ["hold", "priority", "kill"]
    workspace.ok("harvest", "--sweep")
    workspace.ok("reconcile")
    assert [states(workspace)[dbid][0] for dbid in (dbids[1], dbids[3])] == ["held", "submitted"]


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
        (("1.3@local", "1.0"), [0, 3]),
        (("--tag", TAG, "ana000_x_v001", "1.3,1.0"), [0, 3]),
        (("1",), [0, 1, 2, 3, 4, 5]),
        (("--tag", f"ana000_x_v001,{TAG}", "--code", "34/102,13"), [0, 1, 2, 3]),
        (("--state", "idle"), [4, 5]),
        (("--state", "H,idle"), [0, 1, 2, 3, 4, 5]),
        (("--runs", "69600:69601", "--segments", "1:2"), [1, 2]),
    ],
)
def test_jobs_are_chosen_by(
    workspace: Workspace, queue: LocalBatch, words: tuple[object, ...], chosen: list[int]
) -> None:
    dbids = submitted(workspace, queue, 6)
    held(workspace, queue, dbids[:2], 34, 102, "Job has gone over cgroup memory limit of 1000 megabytes")
    held(workspace, queue, dbids[2:4], 13, 2, "disk 100%_full")
    workspace.ok("harvest")
    plan = workspace.json("kill", *words, "--dry-run")
    assert plan["dbids"] == [dbids[one] for one in chosen]
    assert undocumented("kill", plan) == set()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no jobs are chosen"),
        (("--state", "failed"), "no job in a queue has the state 'failed'"),
        (("--code", "x"), "'x' is not understood"),
        (("--cluster", "1.2.3"), "'1.2.3' is not understood"),
        (("1.2.3",), "JOBS: '1.2.3' is not understood"),
        ((TAG,), f"JOBS: '{TAG}' is not understood (jobs are 12.3, 12.3@schedd or clusters like 12; tags follow --tag"),
        (("--state", "hled"), "no job in a queue has the state 'hled'; did you mean 'held'?"),
        (("--older-than", "x"), "'x' is not an age"),
        (("--limit", "0"), "--limit"),
        (("--segments", "x"), "--segments"),
    ],
)
def test_bad_options_are_told(workspace: Workspace, queue: LocalBatch, words: tuple[str, ...], says: str) -> None:
    answer = workspace.run("kill", *words, "--yes")
    assert answer.code == 2
    assert says in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("step", "left"), [("recover.intended", "held"), ("recover.acted", "submitted"), ("recover.closed", "submitted")]
)
@pytest.mark.parametrize("by", ["reconcile", "release"])
def test_who_is_killed_leaves_nothing_open(
    workspace: Workspace, queue: LocalBatch, step: str, left: str, by: str
) -> None:
    dbids = submitted(workspace, queue, 3)
    held(workspace, queue, dbids, 13, 2, "no such file")
    killed(workspace, step, "release", "--tag", TAG, "--yes")
    assert [line["state"] for line in logged(workspace)] == ["done" if step == "recover.closed" else "intended"]
    workspace.ok(by, *(("--code", 99, "--yes") if by == "release" else ()))
    (line,) = logged(workspace)
    moved = 0 if left == "held" else 3
    assert (line["state"], line["result"].endswith(f"{moved} of 3 jobs changed")) == ("done", True)
    assert line["result"].startswith("interrupted") is (step != "recover.closed")
    assert [states(workspace)[dbid][0] for dbid in dbids] == [left] * 3
    workspace.ok("release", "--tag", TAG, "--yes")
    assert [states(workspace)[dbid][0] for dbid in dbids] == ["submitted"] * 3


def test_a_job_is_in_one_open_action(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    workspace.ok("harvest")
    workspace.sql(
        "INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs,"
        " parameters, result) SELECT 'a', 'hold', 'x', 'elsewhere', 1, '', '', harvested, '', 'intended', 1, '{}', ''"
        " FROM production_harvest"
    )
    workspace.sql(
        "INSERT INTO production_action_jobs (action_id, dbid, attempt, step, schedd, clusterid, procid, status, entered)"
        " VALUES ('a', ?, 1, 0, 'local', 1, 0, 'submitted', 0)",
        dbids[0],
    )
    assert workspace.json("hold", "--tag", TAG, "--yes")["action"]["jobs"] == 2
    assert job(queue, 1, 0).queue.name == "IDLE"


STEPS = (
    "SELECT step, memory_asked, CAST(status AS text), hold_code FROM production_attempts"
    " WHERE dbid = ? AND attempt = 1 ORDER BY step"
)
OVER = "Job has gone over cgroup memory limit of {} megabytes"


def mixed(workspace: Workspace, queue: LocalBatch) -> list[int]:
    """Ten jobs: four held for memory, two for an input, two by a person, two idle."""
    dbids = submitted(workspace, queue, 10)
    for number, dbid in enumerate(dbids[:4]):
        held(workspace, queue, [dbid], (34, 21)[number % 2], 102, OVER.format(1000 + number), used=990 + number)
    held(workspace, queue, dbids[4:6], 13, 2, "reading from file /a/b/c.root: (errno 2) No such file or directory")
    held(workspace, queue, dbids[6:8], 1, 0, "via condor_hold (by user x)")
    return dbids


def test_mark_held_shows_reasons_by_what_they_have_in_common(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    before = everything(workspace, queue)
    assert workspace.json("mark-held", "--dry-run") == []
    assert everything(workspace, queue) == before
    lines = workspace.json("mark-held")
    assert [(line["jobs"], line["code"], line["reason"]) for line in lines] == [
        (2, "1/0", "via condor_hold (by user x)"),
        (2, "13/2", "reading from file PATH: (errno N) No such file or directory"),
        (2, "21/102", OVER.format("N")),
        (2, "34/102", OVER.format("N")),
    ]
    memory = [lines[3][f"{name}_mb"] for name in ("asked_min", "asked_max", "used_min", "used_max")]
    assert (memory, lines[3]["what_helps"]) == (
        [1000, 1000, 990, 992],
        f"prodcli resubmit --auto --dbid {dbids[0]} {dbids[2]}",
    )
    assert sum(status == "held" for status, _ in states(workspace).values()) == 8
    (row,) = workspace.sql(
        "SELECT hold_code, hold_subcode, hold_reason FROM production_attempts WHERE hold_code = 13 LIMIT 1"
    )
    assert row == (13, 2, "reading from file /a/b/c.root: (errno 2) No such file or directory")
    assert "no job is held" in workspace.ok("mark-held", "--tag", "ana000_x_v001").out
    assert [line["jobs"] for line in workspace.json("mark-held", "--code", 34)] == [2]


def test_clear_held_keeps_the_reason(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    answer = workspace.json("clear-held", "--tag", TAG, "--yes", "--reason", "given up")
    assert answer["dbids"] == dbids[:6]
    assert [states(workspace)[dbid] for dbid in dbids[:6]] == [("failed", "removed")] * 6
    assert [states(workspace)[dbid][0] for dbid in dbids[6:]] == ["held", "held", "submitted", "submitted"]
    reasons = workspace.sql("SELECT DISTINCT hold_code FROM production_attempts WHERE substatus = 'removed' ORDER BY 1")
    assert reasons == [(13,), (21,), (34,)]
    assert len(queue.living(SCHEDD)) == 4
    workspace.ok("clear-held", "--tag", TAG, "--yes", "--user-holds")
    assert states(workspace)[dbids[6]] == ("failed", "removed")
    assert [line["jobs"] for line in logged(workspace, "--verb", "clear-held")] == [6, 2]


def test_resubmit_climbs_the_ladder(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    words = ("resubmit", "--tag", TAG, "--ladder", "--max-mem", "2GB")
    before = everything(workspace, queue)
    workspace.ok(*words, "--dry-run")
    assert everything(workspace, queue) == before
    answer = workspace.json(*words, "--yes")
    assert (answer["dbids"], answer["action"]["changed"]) == (dbids[:4], 4)
    assert sorted(answer["left"].values()) == [2, 2, 2]  # not held, a person's, not for memory
    assert [one.memory_asked for one in queued(queue)] == [2000] * 4 + [1000] * 6
    assert [states(workspace)[dbid][0] for dbid in dbids] == ["submitted"] * 4 + ["held"] * 4 + ["submitted"] * 2
    first = workspace.sql(STEPS, dbids[0])
    assert [line[:3] for line in first] == [(0, 1000, "held"), (1, 2000, "submitted")]
    assert first[0][3] == 34
    later(queue, dbids[0], OVER.format(2000))
    again = workspace.json(*words, "--yes")
    assert (again["jobs"], sum(left for why, left in again["left"].items() if "--max-mem" in why)) == (0, 1)
    assert workspace.json("resubmit", "--tag", TAG, "--ladder", "--yes")["dbids"] == [dbids[0]]
    later(queue, dbids[0], OVER.format(4000))
    assert workspace.json("resubmit", "--tag", TAG, "--ladder", "--yes")["left"]["ladder has no further step"] == 1
    workspace.ok("resubmit", "--tag", TAG, "--scale-memory", 1.5, "--yes")
    assert [line[:3] for line in workspace.sql(STEPS, dbids[0])] == [
        *((0, 1000, "held"), (1, 2000, "held"), (2, 4000, "held"), (3, 6000, "submitted"))
    ]
    assert job(queue, 1, 0).memory_asked == 6000


def finished(workspace: Workspace, peaks: list[int], dsttype: str = "DST_TRKR_CLUSTER", tag: str = TAG) -> None:
    """Jobs that finished, with what they used."""
    first = int(workspace.sql("SELECT MAX(id) + 1 FROM production_jobs")[0][0])
    for dbid, used in enumerate(peaks, start=first):
        workspace.sql(
            "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, attempt)"
            " VALUES (?, 'cluster', ?, 'run3auau', ?, ?, 69601, ?, 'finished', 1)",
            *(dbid, tag, dsttype, f"f{dbid}", dbid),
        )
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, memory_asked, memory_used, status)"
            " VALUES (?, 1, 0, 4000, ?, 'finished')",
            *(dbid, used),
        )


def test_resubmit_asks_for_what_peaks_support(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    finished(workspace, [9000] * 20, tag="other")
    finished(workspace, [800] * 8)
    words = ("resubmit", "--tag", TAG, "--auto")
    workspace.ok("harvest")
    few = workspace.json(*words, "--dry-run")
    assert [group["new_min_mb"] for group in few["groups"]] == [2000, 2000]
    assert few["notes"] == [
        f"{TAG} DST_TRKR_CLUSTER: 8 finished jobs, of 10 that are needed to know peaks: the next ladder step,"
        " at its end 1.5 times the known need"
    ]
    finished(workspace, [800] * 80 + [1300] * 10)
    before = everything(workspace, queue)
    assert "by the peaks of 98 finished jobs (half up to 800" in workspace.run(*words, "--dry-run", quiet=False).out
    assert everything(workspace, queue) == before
    answer = workspace.json(*words, "--max-mem", "2GB", "--yes")
    assert (answer["dbids"], answer["parameters"]) == (dbids[:4], {"auto": True, "max_mem": "2GB"})
    assert [one.memory_asked for one in queued(queue)] == [1536] * 4 + [1000] * 6
    later(queue, dbids[0], OVER.format(1536))
    assert [group["new_max_mb"] for group in workspace.json(*words, "--yes")["groups"]] == [2000]  # beyond every peak


def attempted_again(workspace: Workspace, dbid: int) -> None:
    """A new attempt of a job, which asks for what the first one did."""
    workspace.sql("UPDATE production_jobs SET attempt = 2 WHERE id = ?", dbid)
    workspace.sql(
        "INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, status,"
        " substatus, hold_code, hold_subcode) SELECT dbid, 2, 0, claim_id, schedd, clusterid, procid, 1000, 'held', '', 34, 102"
        " FROM production_attempts WHERE dbid = ? AND step = 0",
        dbid,
    )


def test_resubmit_climbs_from_what_earlier_attempts_asked_for(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    workspace.ok("resubmit", "--tag", TAG, "--ladder", "--yes")
    workspace.sql("UPDATE production_jobs SET status = 'held' WHERE id = ?", dbids[0])
    attempted_again(workspace, dbids[0])
    for words, new in ((("--ladder",), 4000), (("--scale-memory", 1.5), 3000), (("--mem", 1500), 1500)):
        (group,) = workspace.json("resubmit", "--dbid", dbids[0], *words, "--dry-run")["groups"]
        assert (group["asked_min_mb"], group["new_min_mb"]) == (1000, new)


def later(queue: LocalBatch, dbid: int, reason: str) -> None:
    """A job is held again for memory, some seconds on."""
    with closing(sqlite3.connect(queue.database)) as connection, connection:
        (change,) = connection.execute("SELECT MAX(change) + 1 FROM jobs").fetchone()
        connection.execute(
            "UPDATE jobs SET status = 5, hold_code = 34, hold_subcode = 102, hold_reason = ?, since = since + 2, change = ?"
            " WHERE dbid = ?",
            (reason, change, dbid),
        )


@pytest.mark.parametrize(
    ("words", "chosen", "memory"),
    [
        (("--mem", "3GB"), [0, 1, 2, 3], 3072),
        (("--mem", "8192MB", "--any-hold"), [0, 1, 2, 3, 4, 5], 8192),
        (("--mem", "8192MB", "--any-hold", "--user-holds"), [0, 1, 2, 3, 4, 5, 6, 7], 8192),
        (("--mem", "8192MB", "--user-holds"), [0, 1, 2, 3], 8192),
        (("--mem", "1000MB"), [], 0),
    ],
)
def test_resubmit_takes_only_what_it_was_told_to(
    workspace: Workspace, queue: LocalBatch, words: tuple[str, ...], chosen: list[int], memory: int
) -> None:
    dbids = mixed(workspace, queue)
    assert workspace.json("resubmit", "--tag", TAG, *words, "--yes")["dbids"] == [dbids[one] for one in chosen]
    now = {one.dbid: one for one in jobs(queue).values()}
    assert [number for number, dbid in enumerate(dbids) if now[dbid].memory_asked == memory] == chosen
    assert all(now[dbids[number]].queue.name == "IDLE" for number in chosen)
    assert now[dbids[6]].queue.name == ("IDLE" if 6 in chosen else "HELD")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no memory is given"),
        (("--ladder", "--mem", "1GB"), "no memory is given"),
        (("--ladder", "--auto"), "no memory is given"),
        (("--scale-memory", "1"), "the factor must be above 1"),
        (("--scale-memory", "nan"), "the factor must be above 1"),
        (("--mem", "much"), "'much' is not a size"),
        (("--ladder", "--max-mem", "-1"), "--max-mem"),
    ],
)
def test_resubmit_says_what_is_off(workspace: Workspace, queue: LocalBatch, words: tuple[str, ...], says: str) -> None:
    answer = workspace.run("resubmit", "--tag", TAG, *words, "--yes")
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert says in answer.err


@pytest.mark.parametrize("meanwhile", ["nothing", "harvest"])
@pytest.mark.parametrize("step", ["recover.intended", "recover.acted"])
def test_a_killed_resubmit_is_booked_as_far_as_it_came(
    workspace: Workspace, queue: LocalBatch, step: str, meanwhile: str
) -> None:
    dbids = mixed(workspace, queue)
    killed(workspace, step, "resubmit", "--tag", TAG, "--ladder", "--yes")
    if meanwhile == "harvest":
        workspace.ok("harvest")
    workspace.ok("reconcile")
    steps = [line[:3] for line in workspace.sql(STEPS, dbids[0])]
    assert steps == ([(0, 1000, "held")] if step == "recover.intended" else [(0, 1000, "held"), (1, 2000, "submitted")])
    workspace.ok("resubmit", "--tag", TAG, "--ladder", "--yes")
    assert [line[:3] for line in workspace.sql(STEPS, dbids[0])] == [(0, 1000, "held"), (1, 2000, "submitted")]
    assert job(queue, 1, 0).memory_asked == 2000


def refuse(*_: object, **__: object) -> None:
    """A schedd that is down."""
    raise BatchError("no answer", where="schedd local")


def test_a_schedd_that_refuses_is_told(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = mixed(workspace, queue)
    monkeypatch.setattr(LocalBatch, "release", refuse)
    answer = workspace.run("resubmit", "--tag", TAG, "--ladder", "--yes")
    assert (answer.code, answer.err.count("\n")) == (5, 1)
    assert "nothing was done: local: schedd local: no answer" in answer.err
    (line,) = logged(workspace)
    assert (line["state"], line["result"]) == ("done", "schedd local: no answer: 0 of 4 jobs changed")
    monkeypatch.undo()
    workspace.ok("resubmit", "--tag", TAG, "--ladder", "--yes")  # from what the books have it climbs to the same
    assert job(queue, 1, 0).memory_asked == 2000
    assert [line[:2] for line in workspace.sql(STEPS, dbids[0])] == [(0, 1000), (1, 2000)]


def test_an_action_stays_open_until_its_schedd_is_heard(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = mixed(workspace, queue)
    release, changes = LocalBatch.release, LocalBatch.changes

    def released_and_down(batch: LocalBatch, schedd: str, ids: list[tuple[int, int]], reason: str) -> None:
        release(batch, schedd, ids, reason)
        monkeypatch.setattr(LocalBatch, "changes", refuse)

    monkeypatch.setattr(LocalBatch, "release", released_and_down)
    answer = workspace.run("resubmit", "--tag", TAG, "--ladder", "--yes")
    assert (answer.code, "the outcome is unknown" in answer.err) == (6, True)
    assert [line["state"] for line in logged(workspace)] == ["intended"]
    assert workspace.run("kill", "--tag", TAG, "--yes").code == 5  # no schedd answers: nothing is done
    assert len(logged(workspace)) == 1
    monkeypatch.setattr(LocalBatch, "changes", changes)
    workspace.ok("reconcile")
    (line,) = logged(workspace)
    assert (line["state"], line["result"]) == ("done", "interrupted: 4 of 4 jobs changed")
    assert [line[:3] for line in workspace.sql(STEPS, dbids[0])] == [(0, 1000, "held"), (1, 2000, "submitted")]


def test_a_live_process_keeps_its_action(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = mixed(workspace, queue)
    process = Process(workspace, "release", "--tag", TAG, "--code", "13", "--yes", fault="recover.intended:stop")
    process.wait_until_stopped()
    workspace.ok("reconcile")
    assert workspace.json("kill", "--tag", TAG, "--code", 13, "--yes")["action"]["jobs"] == 0
    process.send(signal.SIGCONT)
    assert process.end().code == 0
    assert [states(workspace)[dbid][0] for dbid in dbids[4:6]] == ["submitted"] * 2
    assert {line["verb"]: (line["state"], line["jobs"]) for line in logged(workspace)} == {
        "release": ("done", 2),
        "kill": ("done", 0),
    }


def test_what_changes_while_somebody_thinks_is_left_alone(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbids = mixed(workspace, queue)

    def think(question: str, _yes: bool, _shown: bool, _list_all: object) -> None:
        assert question == f"Release 2 jobs of {TAG}?"
        queue.release(SCHEDD, [(1, 4)], "by hand")
        queue.hold(SCHEDD, [(1, 4)], "by hand")

    monkeypatch.setattr("prodcli.cli.consent.require_consent", think)
    workspace.ok("release", "--dbid", *dbids[4:6])
    assert [queued(queue)[number].queue.name for number in (4, 5)] == ["HELD", "IDLE"]
    assert [line["jobs"] for line in logged(workspace)] == [1]


def statements(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """How many statements a command runs."""
    ran = []
    execute = Transaction._execute

    def counted(self: Transaction, *arguments: Any) -> Any:
        ran.append(arguments[0])
        return execute(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "_execute", counted)
        workspace.ok(*words)
    return len(ran)


@pytest.mark.parametrize(
    "words",
    [
        ("mark-held",),
        ("release", "--yes"),
        ("resubmit", "--scale-memory", "1.5", "--any-hold", "--yes"),
        ("kill", "--yes"),
    ],
)
def test_the_number_of_statements_does_not_grow_with_the_jobs(
    workspace: Workspace, queue: LocalBatch, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in (3, 60):
        dbids = submitted(workspace, queue, number)
        held(workspace, queue, dbids, 13, 2, "no such file")
        counts.append(statements(workspace, monkeypatch, words[0], "--cluster", max(jobs(queue))[0], *words[1:]))
    assert counts[0] >= counts[1] > 5  # the first pass also sweeps


def test_hostile_texts_are_kept_as_they_are(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 2)
    reason = 'it\'s "100%" [red]x[/red] \\ ; DROP TABLE production_jobs; -- größe 漢字 !_'
    held(workspace, queue, dbids[:1], 13, 2, reason)
    (line,) = workspace.json("mark-held", "--hold-reason", reason)
    assert line["jobs"] == 1
    assert "größe 漢字" in workspace.ok("mark-held", "--dry-run").out
    workspace.ok("release", "--hold-reason", reason.replace("DROP TABLE", "drop Table"), "--yes", "--reason", reason)
    (entry,) = logged(workspace)
    assert (entry["reason"], entry["jobs"]) == (reason, 1)
    assert workspace.run("release", "--dbid", dbids[0], "--reason", "x" * 501, "--yes").code == 2


def test_no_jobs_are_no_failure(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 1)
    assert "no queued job matches" in workspace.run("kill", "--tag", "ana000_x_v001", "--yes", quiet=False).out
    assert "nothing to do" in workspace.run("release", "--dbid", dbids[0], "--yes", quiet=False).out
    assert logged(workspace) == []
    assert "nothing was done" in workspace.ok("log").out


def test_jobs_are_chosen_by_their_last_node(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 4)
    for dbid, node in zip(dbids, ("spool0301.sdcc.bnl.gov", "SPOOL0301", "spool03010", None), strict=True):
        workspace.sql("UPDATE production_jobs SET execution_node = ? WHERE id = ?", node, dbid)
    for words, chosen in ((("spool0301",), dbids[:2]), (("spool0301.sdcc.bnl.gov",), dbids[:1]), (("spool%",), [])):
        assert workspace.json("kill", "--node", *words, "--dry-run")["dbids"] == chosen


def test_jobs_are_chosen_by_a_rule_of_a_file(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 3)
    file = write_rules(workspace.folder / "rules", {"cluster": RULES["cluster"]})
    tag = load_rule(file, "cluster", load_config(workspace.file, workspace.folder).site).outtriplet
    workspace.sql("UPDATE production_jobs SET tag = ? WHERE id = ?", tag, dbids[0])
    workspace.sql("UPDATE production_jobs SET tag = ?, rulename = 'other' WHERE id = ?", tag, dbids[1])
    workspace.sql("UPDATE production_jobs SET tag = 'other' WHERE id = ?", dbids[2])
    for words in (("-c", file), ("-c", file, "-r", "cluster")):
        assert workspace.json("kill", *words, "-n")["dbids"] == [dbids[0]]
    assert workspace.run("kill", "-c", file, "-r", "nobody", "-n").code == 2


def test_a_priority_may_be_below_zero(workspace: Workspace, queue: LocalBatch) -> None:
    submitted(workspace, queue, 1)
    workspace.ok("priority", "--tag", TAG, "--yes", "--", "-5")
    with closing(sqlite3.connect(queue.database)) as connection:
        assert connection.execute("SELECT priority FROM jobs").fetchall() == [(-5,)]


def test_csv_has_the_groups(workspace: Workspace, queue: LocalBatch) -> None:
    submitted(workspace, queue, 3)
    lines = workspace.ok("hold", "--tag", TAG, "--yes", "--format", "csv").out.splitlines()
    assert lines[0] == (
        "verb,jobs,tag,dsttype,state,code,reason,"
        "asked_min_mb,asked_max_mb,new_min_mb,new_max_mb,used_min_mb,used_max_mb"
    )
    assert lines[1] == f"hold,3,{TAG},DST_TRKR_CLUSTER,submitted,,,1000,1000,,,,"
    assert len(lines) == 2


@pytest.mark.parametrize("verb", ["kill", "clear-held"])
@pytest.mark.parametrize("step", ["recover.intended", "recover.acted"])
def test_a_killed_removal_is_booked_as_far_as_it_came(
    workspace: Workspace, queue: LocalBatch, step: str, verb: str
) -> None:
    dbids = submitted(workspace, queue, 3)
    held(workspace, queue, dbids, 13, 2, "no such file")
    killed(workspace, step, verb, "--tag", TAG, "--yes")
    workspace.ok("reconcile")
    gone = step == "recover.acted"
    assert states(workspace) == dict.fromkeys(dbids, ("failed", "removed") if gone else ("held", ""))
    assert len(queue.living(SCHEDD)) == (0 if gone else 3)
    workspace.ok(verb, "--tag", TAG, "--yes")
    assert states(workspace) == dict.fromkeys(dbids, ("failed", "removed"))


def test_two_people_at_once_share_the_jobs(workspace: Workspace, queue: LocalBatch) -> None:
    dbids = submitted(workspace, queue, 20)
    held(workspace, queue, dbids, 34, 102, OVER.format(1000))
    both = [Process(workspace, "resubmit", "--tag", TAG, "--scale-memory", "2", "--yes") for _ in range(2)]
    assert [process.end().code for process in both] == [0, 0]
    assert sum(line["jobs"] for line in logged(workspace)) == 20
    assert {one.memory_asked for one in queued(queue)} == {2000}
    assert workspace.sql("SELECT MAX(step), COUNT(*) FROM production_attempts WHERE schedd = 'local'") == [(1, 40)]


def test_an_intent_whose_commit_was_lost_is_written_once(
    workspace: Workspace, queue: LocalBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that won no job: it must be looked for, not written again."""
    real, lost = Database._finish, []

    def finish(self: Database, connection: Any, work: Any) -> Any:
        result = real(self, connection, work)
        if not lost:
            lost.append(True)
            raise TransientDatabaseError("the answer to COMMIT was lost")
        return result

    database = workspace.database("production")
    monkeypatch.setattr(Database, "_finish", finish)
    action = intend(database, HOLD, [], Author("me", myself(), ""), {})
    assert (lost, action.targets) == ([True], ())
    assert [one.id for one in log(database)] == [action.id]
