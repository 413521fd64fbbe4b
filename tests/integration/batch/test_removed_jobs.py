"""A job that was removed counts as in the queue until its process has ended: what it writes is waited for."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prodcli.batch.htcondor.batch import HTCondorBatch
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.local.process import process_table
from prodcli.batch.local.queue_file import open_queue
from prodcli.batch.local.runner import _Runner, run
from prodcli.batch.open import open_batch
from prodcli.config.settings import load_config
from prodcli.states import Queue
from tests.support.condor_jobs import A, wait_until
from tests.support.condor_jobs import submit as submit_to_condor
from tests.support.condor_pool import Pool, wait_for
from tests.support.finished_outputs import place, rows, words
from tests.support.local_jobs import job, submit
from tests.support.rule_files import write_rules
from tests.support.workspace import Workspace, seeded_catalog

# A job that hears no SIGTERM, writes its pid and goes on to write to a file. The words are pid file and file.
STUBBORN = "trap '' TERM; echo $$ > {pid}; while :; do echo more >> {file}; sleep 0.01; done"
# The payload of a rule that does the same to its output, whose folder and name are its arguments.
SCRIPT = """#!/bin/sh
trap '' TERM
shift 9
mkdir -p "$1"
echo $$ > "$6.pid.unfinished" && mv "$6.pid.unfinished" "$6.pid"
while :; do echo more > "$1/$6.root"; sleep 0.01; done
"""
Start = Callable[[Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start runners of four slots in processes of their own; none is left behind, nor what it runs."""
    started: list[tuple[Path, subprocess.Popen[bytes]]] = []

    def runner(database: Path) -> "subprocess.Popen[bytes]":
        code = "import sys; from pathlib import Path; from prodcli.batch.local.batch import LocalBatch as B\n"
        code += "from prodcli.batch.local.runner import run; run(B(Path(sys.argv[1])), 4)"
        started.append((database, subprocess.Popen([sys.executable, "-c", code, str(database)])))
        return started[-1][1]

    yield runner
    for database, process in started:
        process.kill()
        process.wait()
        run(LocalBatch(database), 1, stop=lambda: True)


@pytest.fixture
def batch(tmp_path: Path) -> LocalBatch:
    """An empty queue."""
    return LocalBatch(tmp_path / "batch.db")


def pid_in(file: Path) -> int:
    """The pid that a job wrote; waits for it."""
    wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def test_it_is_in_the_queue_until_its_process_has_ended(batch: LocalBatch, start: Start, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", STUBBORN.format(pid=tmp_path / "pid", file=tmp_path / "file"))
    runner = start(batch.database)
    pid = pid_in(tmp_path / "pid")
    os.kill(runner.pid, 19)  # a runner that is stopped cannot end it yet
    batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
    assert job(batch, cluster).queue is Queue.REMOVED
    assert batch.living(SCHEDD) == batch.in_queue(SCHEDD) == {(cluster, 0)}
    os.kill(runner.pid, 18)
    wait_for(lambda: not batch.living(SCHEDD))
    assert pid not in process_table()
    size = (tmp_path / "file").stat().st_size
    time.sleep(0.1)
    assert (tmp_path / "file").stat().st_size == size


def test_without_a_runner_the_removal_ends_it(batch: LocalBatch, start: Start, tmp_path: Path) -> None:
    own = f"setsid sleep 600 & echo $! > {tmp_path}/own; "
    cluster = submit(batch, tmp_path / "a", own + STUBBORN.format(pid=tmp_path / "pid", file=tmp_path / "file"))
    runner = start(batch.database)
    pids = [pid_in(tmp_path / name) for name in ("pid", "own")]
    runner.kill()
    runner.wait()
    assert set(pids) <= set(process_table())
    batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
    assert not set(pids) & set(process_table())
    assert batch.living(SCHEDD) == batch.in_queue(SCHEDD) == set()
    assert job(batch, cluster).queue is Queue.REMOVED


def test_a_removal_of_others_leaves_what_a_dead_runner_left(batch: LocalBatch, start: Start, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", STUBBORN.format(pid=tmp_path / "pid", file=tmp_path / "file"))
    runner = start(batch.database)
    pid = pid_in(tmp_path / "pid")
    runner.kill()
    runner.wait()
    other = submit(batch, tmp_path / "b", "true")
    batch.remove(SCHEDD, [(other, 0)], "not wanted")
    assert pid in process_table()
    assert batch.living(SCHEDD) == {(cluster, 0)}


def test_a_job_that_is_removed_while_it_starts_counts(
    batch: LocalBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = submit(batch, tmp_path / "a", STUBBORN.format(pid=tmp_path / "pid", file=tmp_path / "file"))
    make, seen = _Runner._make, []

    def removed(*words: object) -> object:
        batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
        seen.append(batch.living(SCHEDD))
        made = make(*words)  # type: ignore[arg-type]
        seen.append(batch.living(SCHEDD))
        return made

    monkeypatch.setattr(_Runner, "_make", removed)
    run(batch, 1, drain=True)
    assert seen == [{(cluster, 0)}, {(cluster, 0)}]
    assert batch.living(SCHEDD) == set()
    assert job(batch, cluster).queue is Queue.REMOVED


def test_a_pid_that_another_process_has_now_is_not_the_jobs(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true")
    batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
    me = process_table()[os.getpid()]
    for born, there in ((me.born, {(cluster, 0)}), (me.born + "0", set())):
        connection = open_queue(batch.database)
        connection.execute("UPDATE jobs SET pid = ?, born = ?", (os.getpid(), born))
        connection.close()
        assert batch.living(SCHEDD) == batch.in_queue(SCHEDD) == there


def test_a_job_that_cannot_start_has_no_process(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", executable="/nowhere")
    run(batch, 1, drain=True)
    assert job(batch, cluster).queue is Queue.HELD
    batch.remove(SCHEDD, [(cluster, 0)], "not wanted")
    assert batch.living(SCHEDD) == batch.in_queue(SCHEDD) == set()


@pytest.fixture
def writing(workspace: Workspace, start: Start, monkeypatch: pytest.MonkeyPatch) -> "subprocess.Popen[bytes]":
    """A workspace with four jobs that write their outputs for ever; returns their runner."""
    monkeypatch.chdir(workspace.folder)
    workspace.load(seeded_catalog(1))
    workspace.sql("DELETE FROM production_jobs")
    workspace.sql("DELETE FROM datasets WHERE filename LIKE 'DST_TRKR_MVTXME%'", role="filecatalog")
    write_rules(workspace.folder / "rules")
    (workspace.folder / "rules/run.sh").write_text(SCRIPT)
    batch = open_batch(load_config(workspace.file, workspace.folder))
    assert isinstance(batch, LocalBatch)
    workspace.ok("submit", *words(workspace), "--maxjobs", 4)
    for name in rows(workspace):  # no batch system makes a folder for a job's log
        place(workspace, name, "log").parent.mkdir(parents=True, exist_ok=True)
    runner = start(batch.database)
    wait_for(lambda: all(place(workspace, name).exists() for name in rows(workspace)))
    return runner


@pytest.mark.parametrize("killed", [False, True], ids=["beside a runner", "after a killed runner"])
def test_erased_outputs_stay_erased(workspace: Workspace, writing: "subprocess.Popen[bytes]", killed: bool) -> None:
    names = list(rows(workspace))
    if killed:
        writing.kill()
        writing.wait()
    workspace.ok("remove", *words(workspace), "--yes")
    assert rows(workspace) == {}
    time.sleep(0.3)
    assert [name for name in names if place(workspace, name).exists()] == []


def test_running_jobs_are_parked_when_they_have_ended(workspace: Workspace, writing: "subprocess.Popen[bytes]") -> None:
    workspace.ok("park", "--state", "running", "--yes", "--reason", "later")
    assert {row[1:3] for row in rows(workspace).values()} == {("held", "parked")}
    sizes = {name: place(workspace, name).stat().st_mtime_ns for name in rows(workspace)}
    time.sleep(0.2)
    assert sizes == {name: place(workspace, name).stat().st_mtime_ns for name in rows(workspace)}
    assert writing.poll() is None


@pytest.mark.htcondor
def test_a_schedd_has_it_until_its_shadow_is_gone(condor_pool: Pool) -> None:
    batch = HTCondorBatch([A], condor_config=condor_pool.config)
    folder = condor_pool.folder()
    script = STUBBORN.format(pid=folder / "pid", file=folder / "file")
    cluster = submit_to_condor(batch, condor_pool, script, job_max_vacate_time="3", want_graceful_removal="true")
    wait_until(batch, cluster, Queue.RUNNING)
    wait_for(lambda: (folder / "file").exists())
    batch.remove(A, [(cluster, 0)], "not wanted")
    wait_until(batch, cluster, Queue.REMOVED)
    assert (cluster, 0) in batch.living(A) & batch.in_queue(A)
    wait_for(lambda: (cluster, 0) not in batch.living(A))
    size = (folder / "file").stat().st_size
    time.sleep(0.5)
    assert (folder / "file").stat().st_size == size
