"""Running jobs that show no sign of life, on real batch systems and both databases: marked, found, and marked no more."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prodcli.batch import JobEvent
from prodcli.batch.local.batch import SCHEDD
from prodcli.running_jobs.signs_of_life import note_signs
from prodcli.states import Queue
from tests.support.condor_pool import wait_for
from tests.support.processes import Process
from tests.support.rule_files import RULES, write_rules
from tests.support.waiting_jobs import schedd_of
from tests.support.workspace import COMBINATIONS, Workspace, seeded_catalog

# The first job sleeps, the others tell of events and compute for a third of the time: each start takes the next number.
SCRIPT = """#!/bin/bash
exec 2>/dev/null
for n in 0 1 2 3 4 5 6 7; do mkdir "{folder}/turn$n" && break; done
if [ $n = 0 ]; then exec sleep 600; fi
tell() {{ if [ "$PRODCLI_TOLD" ]; then echo "$1 = $2" >>"$PRODCLI_TOLD"; else /usr/libexec/condor/condor_chirp set_job_attr_delayed $1 $2; fi; }}
tell ChirpProdcliEventsDone 1200
tell ChirpProdcliEventsTotal 5000
while :; do for ((n = 0; n < 30000; n++)); do :; done; sleep 0.2; done
"""


def rules_of(real: Workspace, **limits: object) -> Path:
    """Rules of which the jobs of one may be idle for twelve seconds only."""
    spec = {**RULES["mvtxme"], "job": {**RULES["mvtxme"]["job"], "stalled": limits or {"cpu": 12}}}
    folder = real.folder / "rules"
    folder.mkdir()
    (folder / "run.sh").write_text(SCRIPT.format(folder=real.folder))
    (folder / "run.sh").chmod(0o755)
    return write_rules(folder, {"mvtxme": spec})


@pytest.fixture
def at_work(real: Workspace, queue: Any) -> Iterator[Any]:
    """The batch system, with three running jobs: one sleeps, two compute."""
    real.ok("submit", "-c", rules_of(real), "-r", "mvtxme", "--maxjobs", 3)
    local = schedd_of(real) == SCHEDD
    runner = Process(real, "local", "run", "--slots", 3) if local else None
    try:
        wait_for(lambda: real.ok("harvest") and running(real) == 3)
        yield queue
    finally:
        if runner is not None:
            runner.send(signal.SIGTERM)
            assert runner.end().code in (0, 143), runner


def running(real: Workspace) -> int:
    """How many jobs run by the books."""
    return int(real.sql("SELECT COUNT(*) FROM production_jobs WHERE status = 'running' AND schedd IS NOT NULL")[0][0])


def stalled(real: Workspace) -> list[int]:
    """The jobs that are stalled after a sweep."""
    real.ok("harvest", "--sweep")
    return [row[0] for row in real.sql("SELECT id FROM production_jobs WHERE substatus = 'stalled' ORDER BY id")]


def progress(real: Workspace) -> list[tuple[int, int, float]]:
    """The progress of the jobs that tell theirs."""
    keys = ("events_done", "events_total", "progress")
    found = real.json("jobs", "--rule", "mvtxme", "--state", "running", "--columns", ",".join(keys))
    return [tuple(row[key] for key in keys) for row in found if row["progress"] is not None]


@pytest.mark.parametrize(("database", "batch"), COMBINATIONS)
def test_a_job_that_sleeps_is_stalled(real: Workspace, at_work: Any) -> None:
    wait_for(lambda: len(stalled(real)) == 1)
    [dbid] = stalled(real)
    signs = real.sql("SELECT stalled, cpu < 1 FROM production_signs WHERE dbid = ?", dbid)
    assert [(kind, bool(idle)) for kind, idle in signs] == [("no CPU", True)]
    assert [row["dbid"] for row in real.json("jobs", "--state", "stalled")] == [dbid]
    assert len(real.json("jobs", "--state", "running", "--rule", "mvtxme")) == 3
    wait_for(lambda: real.ok("harvest", "--sweep") and len(progress(real)) == 2)
    assert progress(real) == [(1200, 5000, 24.0)] * 2
    [line] = real.json("query", "--rule", "mvtxme")
    assert (line["running"], line["stalled"], line["running_percent"]) == (2, 1, 24.0)
    assert "stalled, no CPU: CPU " in real.ok("job", dbid).out
    [row] = real.json("rescue", "--rule", "mvtxme", "--dry-run")["wrong"]
    shown = row["state"], row["code"], row["action"], row["dbids"], row["what_helps"]
    assert shown == ("stalled", "no CPU", "retry", [dbid], f"prodcli resubmit --clone --state stalled --dbid {dbid}")
    [done] = real.json("rescue", "--rule", "mvtxme", "--apply", "1", "--yes", "--reason", "it sleeps")["applied"]
    assert done["action"]["changed"] == 1
    assert real.sql("SELECT attempt, substatus FROM production_jobs WHERE id = ?", dbid) == [(2, "")]
    kept = "SELECT attempt, stalled FROM production_signs WHERE dbid = ? AND stalled <> ''"
    assert real.sql(kept, dbid) == [(1, "no CPU")]


def test_signs_are_kept_since_they_changed(workspace: Workspace) -> None:
    """A job that tells of events, writes, or is started again is alive; another sign alone does not do."""
    workspace.load(seeded_catalog(1))
    dbid, now = 4_000_000, int(time.time())
    workspace.sql("DELETE FROM production_jobs")
    workspace.sql(
        "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, schedd, attempt)"
        " VALUES (?, 'r', 't', 'd', 'DST_X', 'f', 1, 0, 'running', 'local', 1)",
        dbid,
    )
    books = workspace.database()

    def told(ago: int, since: int = now - 50_000, **signs: Any) -> tuple[str, str]:
        """What is noted after a report, with all signs as they were a time ago."""
        columns = ("cpu_at", "events_at", "output_at")
        for column in columns:
            workspace.sql(f"UPDATE production_signs SET {column} = ? WHERE {column} IS NOT NULL", at(now - ago))  # noqa: S608
        event = JobEvent(dbid, 1, "", 1, 0, Queue.RUNNING, since, **signs)
        note_signs(books, "local", [event])
        return workspace.sql("SELECT stalled, substatus FROM production_signs, production_jobs WHERE dbid = id")[0]

    assert told(0, user_cpu=10.0) == ("no CPU", "stalled")  # in all the time since it began
    assert told(20_000, user_cpu=10_000.0, events_done=5, output_changed=7) == ("", "")
    assert told(20_000, user_cpu=20_000.0, events_done=5, output_changed=8) == ("no events", "stalled")
    assert told(20_000, user_cpu=30_000.0, events_done=6, output_changed=8) == ("", "")
    assert told(50_000, user_cpu=40_000.0, events_done=7, output_changed=8) == ("no output", "stalled")
    assert told(50_000, user_cpu=40_001.0, events_done=8, output_changed=9) == ("no CPU", "stalled")
    assert told(50_000, since=now, user_cpu=0.0, events_done=8, output_changed=9) == ("", "")
    note_signs(books, "local", [])
    assert workspace.sql("SELECT COUNT(*) FROM production_signs") == [(1,)]
    workspace.sql("UPDATE production_jobs SET status = 'finished'")
    note_signs(books, "local", [])
    assert workspace.sql("SELECT COUNT(*) FROM production_signs") == [(0,)]


def test_earlier_starts_of_stalled_jobs_tell_whether_another_helps(workspace: Workspace) -> None:
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    now = int(time.time())
    ends = [("finished", "", 2)] * 2 + [("failed", "", 2), ("running", "", 2), ("running", "stalled", 1)]
    for dbid, (status, substatus, attempt) in enumerate(ends, start=4_000_000):
        workspace.sql(
            "INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus,"
            " schedd, attempt, clusterid, procid) VALUES (?, 'r', 't', 'd', 'DST_X', ?, 1, 0, ?, ?, 'local', ?, 1, ?)",
            *(dbid, f"f{dbid}", status, substatus, attempt, dbid),
        )
        workspace.sql(
            "INSERT INTO production_attempts (dbid, attempt, step, status, entered) VALUES (?, ?, 0, ?, ?)",
            *(dbid, attempt, status, at(now - 30_000)),
        )
        workspace.sql(
            "INSERT INTO production_signs (dbid, attempt, entered, seen, cpu, cpu_at, stalled) VALUES (?, 1, ?, ?, 1, ?, 'no CPU')",
            *(dbid, at(now - 40_000), at(now), at(now - 20_000)),
        )
    [row] = workspace.json("rescue", "--state", "stalled", "--dry-run")["wrong"]
    assert (row["jobs"], row["helped"], row["retried"], row["action"]) == (1, 2, 3, "retry")
    assert (
        "stalled no CPU: no CPU; since 5 h ago" in workspace.ok("rescue", "--state", "stalled", "--dry-run", "-v").out
    )


def at(seconds: int) -> str:
    """A time as both databases take it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
