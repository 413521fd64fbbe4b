"""The runner of the local batch, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prodcli.batch import Changes, whole
from prodcli.batch.local.batch import SCHEDD, LocalBatch
from prodcli.batch.local.process import end_left_over, process_table
from prodcli.batch.local.runner import RunSummary, run
from prodcli.errors import BatchError
from prodcli.states import Queue, Status
from tests.support.local_jobs import job, jobs, python, submit
from tests.support.workspace import make_workspace

RUNNER = """
import sys
from pathlib import Path
from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.local.runner import run
run(LocalBatch(Path(sys.argv[1])), int(sys.argv[2]), drain=True)
"""
# Writes its number to a file of its own while it runs, and complains if another one is at it.
ALONE = """
import fcntl, os, pathlib, sys, time
folder, number = pathlib.Path(sys.argv[1]), sys.argv[2]
with (folder / f"{number}.lock").open("w") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (folder / "twice").touch()
    (folder / f"{number}.began").touch()
    while (folder / f"{number}.wait").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    (folder / f"{number}.ended").touch()
"""


StartRunner = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def batch(tmp_path: Path) -> LocalBatch:
    return LocalBatch(tmp_path / "batch.db")


@pytest.fixture
def start_runner(batch: LocalBatch) -> Iterator[StartRunner]:
    """Starts runners, in processes of their own, which drain the queue; none is left behind, nor what it runs."""
    runners: list[subprocess.Popen[str]] = []

    def start(slots: int = 2) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", RUNNER, str(batch.database), str(slots)]
        runners.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
        return runners[-1]

    yield start
    for runner in runners:
        runner.kill()
        runner.wait()
        if runner.stderr is not None:
            runner.stderr.close()
    run(batch, 1, stop=lambda: True)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until it is true; what never becomes true fails."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited for a minute"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """True if the process has not ended."""
    return pid in process_table()


def read_pid(file: Path) -> int:
    """The pid that a script wrote; waits for it."""
    wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def test_jobs_run_and_end(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "echo out $1; echo err >&2", "exit 3", "kill -TERM $$")
    seen: list[RunSummary] = []
    summary = run(batch, 2, drain=True, on_progress=seen.append)
    assert (summary.started, summary.finished, summary.failed, summary.held) == (3, 1, 2, 0)
    assert seen[-1].started == 3
    assert [job(batch, cluster, proc).exit_code for proc in range(3)] == [0, 3, 128 + signal.SIGTERM]
    assert [job(batch, cluster, proc).state.status for proc in range(3)] == [
        Status.FINISHED,
        Status.FAILED,
        Status.FAILED,
    ]
    assert (tmp_path / "a" / "0.out").read_text() == "out 000\n"
    assert (tmp_path / "a" / "0.err").read_text() == "err\n"
    done = job(batch, cluster)
    assert (done.num_starts, done.memory_provisioned) == (1, 1000)
    assert done.node and "." not in done.node
    assert done.started is not None and done.finished is not None and done.started <= done.finished == done.since
    assert done.user_cpu is not None and done.sys_cpu is not None
    assert batch.living(SCHEDD) == set()
    assert len(batch.history(SCHEDD, [cluster])) == 3


def test_priority_then_age_decides(batch: LocalBatch, tmp_path: Path) -> None:
    log = tmp_path / "log"
    submit(batch, tmp_path / "a", f"echo low1 >> {log}", f"echo low2 >> {log}", priority="1")
    submit(batch, tmp_path / "b", f"echo high >> {log}", priority="7")
    run(batch, 1, drain=True)
    assert log.read_text().split() == ["high", "low1", "low2"]


def test_no_more_jobs_than_slots_at_a_time(batch: LocalBatch, tmp_path: Path) -> None:
    count = f"ls {tmp_path}/now | wc -l >> {tmp_path}/most"
    (tmp_path / "now").mkdir()
    submit(batch, tmp_path / "a", *[f"touch {tmp_path}/now/$1; {count}; sleep 0.05; rm {tmp_path}/now/$1"] * 12)
    run(batch, 3, drain=True)
    assert max(int(line) for line in (tmp_path / "most").read_text().split()) <= 3


def test_the_environment_is_the_jobs_own(batch: LocalBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "secret")
    monkeypatch.setenv("OTHER", "x")
    script = 'echo "$OURS|$OTHER|$A|$B|$_CONDOR_SLOT"; echo $_CONDOR_SCRATCH_DIR; touch $_CONDOR_SCRATCH_DIR/f; pwd'
    submit(batch, tmp_path / "a", script, environment="A=1;B=two words")
    submit(batch, tmp_path / "b", script, environment="\"A=1 B='two words'\"", getenv="true")
    submit(batch, tmp_path / "c", script, getenv="OU*, NONE")
    run(batch, 1, drain=True)
    answers = {name: (tmp_path / name / "0.out").read_text().splitlines() for name in "abc"}
    assert answers["a"][0] == "||1|two words|slot1"
    assert answers["b"][0] == "secret|x|1|two words|slot1"
    assert answers["c"][0] == "secret||||slot1"
    assert answers["a"][2] == str(tmp_path / "a")
    assert not Path(answers["a"][1]).parent.exists()


def test_each_job_has_a_scratch_folder_and_an_ad_of_its_own(batch: LocalBatch, tmp_path: Path) -> None:
    script = "echo $_CONDOR_SCRATCH_DIR; ls $_CONDOR_SCRATCH_DIR; touch $_CONDOR_SCRATCH_DIR/f; cat $_CONDOR_JOB_AD"
    cluster = submit(batch, tmp_path / "a", script, script)
    run(batch, 1, drain=True)
    first, second = ((tmp_path / "a" / f"{proc}.out").read_text().splitlines() for proc in (0, 1))
    assert first[0] != second[0]
    assert [said[1:] for said in (first, second)] == [
        [f"ClusterId = {cluster}", f"ProcId = {proc}", "NumJobStarts = 0"] for proc in (0, 1)
    ]
    assert not Path(first[0]).parent.exists()


def test_a_job_may_take_its_scratch_folder_away(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", "rmdir $_CONDOR_SCRATCH_DIR", "touch $_CONDOR_SCRATCH_DIR/f")
    submit(batch, tmp_path / "b", "ls $_CONDOR_SCRATCH_DIR")
    assert run(batch, 1, drain=True).finished == 3
    assert (tmp_path / "b" / "0.out").read_text() == ""


@pytest.mark.parametrize(
    ("commands", "codes", "reason"),
    [
        ({"executable": "/no/such/program"}, (6, 2), "Failed to execute '/no/such/program'"),
        ({"executable": "{folder}/0.sh"}, (6, 13), "Permission denied"),
        ({"executable": "{folder}/bad.sh"}, (6, 2), "No such file"),
        ({"executable": "{folder}/plain.sh"}, (6, 8), "Exec format"),
        ({"initialdir": "/no/such/folder"}, (14, 2), "Cannot access initial working directory /no/such/folder"),
        ({"initialdir": "/etc/passwd"}, (14, 20), "Not a directory"),
        ({"output": "/no/such/folder/x.out"}, (7, 2), "Failed to open '/no/such/folder/x.out'"),
        ({"error": "/no/such/folder/x.err"}, (7, 2), "Failed to open '/no/such/folder/x.err'"),
        ({"arguments": "$INT(attempt,%03d) $INT(error)"}, (6, 22), "arguments cannot be filled in"),
    ],
)
def test_a_job_that_cannot_start_is_held_with_condors_codes(
    batch: LocalBatch, tmp_path: Path, commands: dict[str, str], codes: tuple[int, int], reason: str
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "bad.sh").write_text("#!/no/such/shell\n")
    (folder / "plain.sh").write_text("true\n")
    for name in ("bad.sh", "plain.sh"):
        (folder / name).chmod(0o755)
    filled = {key: value.replace("{folder}", str(folder)) for key, value in commands.items()}
    cluster = submit(batch, folder, "true", dbid=1, claim="c", **filled)
    other = submit(batch, tmp_path / "b", "true")
    summary = run(batch, 2, drain=True)
    assert (summary.held, summary.finished) == (1, 1)
    held = job(batch, cluster)
    assert (held.queue, held.hold_code, held.hold_subcode) == (Queue.HELD, *codes)
    assert held.hold_reason is not None and reason in held.hold_reason
    assert job(batch, other).state.status is Status.FINISHED


def test_too_much_memory_holds_the_job_until_it_gets_more(batch: LocalBatch, tmp_path: Path) -> None:
    hungry = python('import os, time; x = bytearray(150 << 20); time.sleep(float(os.environ["WAIT"]))') + " & wait $!"
    cluster = submit(batch, tmp_path / "a", f"export WAIT=60; {hungry}", request_memory="60MB")
    neighbour = submit(batch, tmp_path / "b", "sleep 0.1", request_memory="60MB")
    summary = run(batch, 2, drain=True)
    assert (summary.held, summary.finished) == (1, 1)
    held = job(batch, cluster)
    assert (held.queue, held.hold_code, held.hold_subcode) == (Queue.HELD, 34, 102)
    assert held.memory_used is not None and held.memory_used > 60
    assert held.hold_reason == (
        f"Job has gone over memory limit of 60 megabytes. Peak usage: {held.memory_used} megabytes."
    )
    assert job(batch, neighbour).exit_code == 0

    (tmp_path / "a" / "0.sh").write_text(f"export WAIT=1; {hungry}\n")
    batch.edit_memory(SCHEDD, [(cluster, 0)], 500)
    batch.release(SCHEDD, [(cluster, 0)], "more memory")
    run(batch, 1, drain=True)
    done = job(batch, cluster)
    assert (done.exit_code, done.num_starts, done.memory_provisioned, done.hold_code) == (0, 2, 500, None)
    assert done.memory_used is not None and 150 < done.memory_used < 300


def test_a_job_that_runs_too_long_is_held(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "sleep 60", allowed_job_duration="1", retry_request_memory="500MB")
    neighbour = submit(batch, tmp_path / "b", "sleep 1.5")
    summary = run(batch, 2, drain=True)
    assert (summary.held, summary.finished) == (1, 1)
    held = job(batch, cluster)
    assert (held.queue, held.hold_code, held.hold_subcode, held.num_starts) == (Queue.HELD, 46, 0, 1)
    assert held.hold_reason == "The job exceeded allowed job duration of 1 seconds"
    assert job(batch, neighbour).exit_code == 0


def test_too_much_memory_climbs_the_ladder(batch: LocalBatch, tmp_path: Path) -> None:
    hungry = python("import time; x = bytearray(150 << 20); time.sleep(2)")
    ladder = {"request_memory": "40MB", "retry_request_memory": "80MB, 500MB"}
    cluster = submit(batch, tmp_path / "a", hungry, **ladder)
    short = submit(batch, tmp_path / "b", hungry, request_memory="40MB", retry_request_memory="80MB")
    summary = run(batch, 2, drain=True)
    assert (summary.started, summary.held, summary.finished) == (5, 1, 1)
    done, held = job(batch, cluster), job(batch, short)
    assert (done.exit_code, done.num_starts, done.memory_asked, done.hold_code) == (0, 3, 500, None)
    assert (held.queue, held.num_starts, held.memory_asked, held.hold_subcode) == (Queue.HELD, 2, 80, 102)


def test_a_ladder_that_does_not_climb_is_refused(batch: LocalBatch, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="does not climb"):
        submit(batch, tmp_path / "a", "true", retry_request_memory="3 GB, 2 GB")


@pytest.mark.parametrize("verb", ["remove", "hold"])
def test_what_is_removed_or_held_while_it_runs_is_killed(
    batch: LocalBatch, start_runner: StartRunner, tmp_path: Path, verb: str
) -> None:
    names = "shell", "child", "own"
    script = f"sleep 600 & echo $! > {tmp_path}/child; setsid sleep 600 & echo $! > {tmp_path}/own"
    busy = f"until [ -e {tmp_path}/go ]; do sleep 0.02; done"
    cluster = submit(batch, tmp_path / "a", f"{script}; echo $$ > {tmp_path}/shell; wait", busy)
    runner = start_runner()
    pids = [read_pid(tmp_path / name) for name in names]
    assert job(batch, cluster).queue is Queue.RUNNING
    getattr(batch, verb)(SCHEDD, [(cluster, 0)], "not wanted")
    wait_for(lambda: not any(alive(pid) for pid in pids))
    assert runner.poll() is None
    (tmp_path / "go").touch()
    assert runner.wait(60) == 0
    ended = job(batch, cluster)
    assert ended.queue is (Queue.REMOVED if verb == "remove" else Queue.HELD)
    assert ended.exit_code is None and ended.user_cpu is not None
    assert job(batch, cluster, 1).exit_code == 0


def test_held_and_released_while_it_runs_starts_again_after_its_end(batch: LocalBatch, tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text(ALONE)
    cluster = submit(batch, tmp_path / "a", f"{sys.executable} {tmp_path}/alone.py {tmp_path} 0")
    turns = 0

    def disturb() -> bool:
        nonlocal turns
        if (tmp_path / "0.began").exists() and turns < 3:
            turns += 1
            batch.hold(SCHEDD, [(cluster, 0)], "wait")
            batch.release(SCHEDD, [(cluster, 0)], "go on")
        return False

    run(batch, 4, drain=True, stop=disturb)
    done = job(batch, cluster)
    assert done.exit_code == 0 and done.num_starts >= 2
    assert not (tmp_path / "twice").exists()


def test_what_a_job_leaves_running_ends_with_it(batch: LocalBatch, tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/group; setsid sleep 600 & echo $! > {tmp_path}/own"
    is_left = f"grep -q sleep /proc/$(cat {tmp_path}/group)/cmdline"
    patient = f"for n in $(seq 500); do {is_left} || exit 0; sleep 0.02; done; exit 1"
    cluster = submit(batch, tmp_path / "a", script, patient)
    run(batch, 1, drain=True)
    assert [job(batch, cluster, proc).exit_code for proc in range(2)] == [0, 0]
    assert not alive(read_pid(tmp_path / "group")) and not alive(read_pid(tmp_path / "own"))


@pytest.mark.parametrize("after", [0, 2, 5, 9])
def test_killed_in_the_middle_the_next_runner_ends_everything(
    batch: LocalBatch, start_runner: StartRunner, tmp_path: Path, after: int
) -> None:
    (tmp_path / "alone.py").write_text(ALONE)
    scripts = [f"{sys.executable} {tmp_path}/alone.py {tmp_path} {number} & wait" for number in range(12)]
    cluster = submit(batch, tmp_path / "a", *scripts)
    waiting = [tmp_path / f"{number}.wait" for number in range(after, 12)]
    for file in waiting:
        file.touch()
    runner = start_runner(slots=3)
    wait_for(lambda: len(list(tmp_path.glob("*.began"))) > after)
    runner.kill()
    runner.communicate()
    for file in waiting:
        file.unlink()
    assert any(event.queue is Queue.RUNNING for event in jobs(batch).values())
    summary = run(batch, 3, drain=True)
    assert not (tmp_path / "twice").exists()
    events = jobs(batch)
    assert {event.exit_code for event in events.values()} == {0}
    assert len(list(tmp_path.glob("*.ended"))) == 12
    starts = sum(event.num_starts for event in events.values())
    assert 12 < starts <= 15
    assert starts >= summary.started
    assert len(batch.history(SCHEDD, [cluster])) == 12


def test_runners_killed_again_and_again(batch: LocalBatch, start_runner: StartRunner, tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text(ALONE)
    scripts = [f"{sys.executable} {tmp_path}/alone.py {tmp_path} {number}" for number in range(8)]
    submit(batch, tmp_path / "a", *scripts)
    for _ in range(6):
        began = len(list(tmp_path.glob("*.ended")))
        runner = start_runner(slots=2)
        wait_for(lambda: runner.poll() is not None or len(list(tmp_path.glob("*.ended"))) > began)  # noqa: B023
        runner.kill()
        runner.communicate()
    run(batch, 2, drain=True)
    assert not (tmp_path / "twice").exists()
    assert {event.exit_code for event in jobs(batch).values()} == {0}


def test_after_a_kill_the_jobs_are_evicted_and_their_processes_gone(
    batch: LocalBatch, start_runner: StartRunner, tmp_path: Path
) -> None:
    own = f"setsid sleep 600 & echo $! > {tmp_path}/own"
    cluster = submit(
        batch, tmp_path / "a", f"{own}; sleep 600 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/pid; wait"
    )
    runner = start_runner()
    pids = [read_pid(tmp_path / name) for name in ("pid", "child", "own")]
    runner.kill()
    runner.communicate()
    assert all(alive(pid) for pid in pids)
    run(batch, 1, stop=lambda: True)
    assert not any(alive(pid) for pid in pids)
    event = job(batch, cluster)
    assert (event.queue, event.num_starts, event.state.status) == (Queue.IDLE, 1, Status.EVICTED)


def test_a_pid_that_another_process_has_now_is_not_killed() -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as bystander:
        born = process_table()[bystander.pid].born
        end_left_over({bystander.pid: born + "0"}, "/tmp/prodcli-local-none")
        assert alive(bystander.pid)
        end_left_over({bystander.pid: born}, None)
        assert bystander.wait() == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_runner_in_good_order(
    batch: LocalBatch, start_runner: StartRunner, tmp_path: Path, number: signal.Signals
) -> None:
    cluster = submit(batch, tmp_path / "a", *[f"echo $$ > {tmp_path}/pid$1; exec sleep 600"] * 3)
    runner = start_runner()
    pids = [read_pid(tmp_path / f"pid00{proc}") for proc in range(2)]
    runner.send_signal(number)
    _, complaint = runner.communicate()
    assert runner.returncode == -number
    assert ("KeyboardInterrupt" in complaint) == (number == signal.SIGINT)
    assert not any(alive(pid) for pid in pids)
    assert {event.queue for event in jobs(batch).values()} == {Queue.IDLE}
    assert [job(batch, cluster, proc).num_starts for proc in range(3)] == [1, 1, 0]


def test_what_nohup_ignores_is_ignored_by_the_runner_and_not_by_jobs(batch: LocalBatch, tmp_path: Path) -> None:
    """SigIgn is a set of bits, the lowest for signal 1. Of signals that count, a second one after a second ends a command at once."""
    wait = f"while ! test -e {tmp_path}/go; do sleep 0.01; done"
    submit(
        batch, tmp_path / "a", f"grep SigIgn /proc/self/status > {tmp_path}/ignored; echo $$ > {tmp_path}/pid; {wait}"
    )
    workspace = make_workspace(tmp_path)
    line = [
        "sh",
        "-c",
        'trap "" INT HUP; exec "$@"',
        "sh",
        sys.executable,
        "-m",
        "prodcli",
        "--site",
        str(workspace.file),
    ]
    with subprocess.Popen([*line, "-q", "local", "run", "--drain"], stderr=subprocess.PIPE, text=True) as runner:
        read_pid(tmp_path / "pid")
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGINT):
            runner.send_signal(number)
            time.sleep(0.7)
        (tmp_path / "go").touch()
        assert runner.communicate(timeout=60) == (None, "")
    assert runner.returncode == 0
    ignored = int((tmp_path / "ignored").read_text().split()[1], 16)
    assert ignored & (1 << (signal.SIGINT - 1) | 1 << (signal.SIGHUP - 1)) == 0
    assert [event.state.status for event in jobs(batch).values()] == [Status.FINISHED]


def test_stop_puts_back_what_runs(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", f"touch {tmp_path}/began; exec sleep 600")
    handler = signal.getsignal(signal.SIGTERM)
    summary = run(batch, 1, stop=(tmp_path / "began").exists)
    assert (summary.started, summary.finished, summary.failed) == (1, 0, 0)
    assert job(batch, cluster).state.status is Status.EVICTED
    assert signal.getsignal(signal.SIGTERM) is handler


def test_one_runner_at_a_time_and_the_lock_file_stays(
    batch: LocalBatch, start_runner: StartRunner, tmp_path: Path
) -> None:
    submit(batch, tmp_path / "a", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    runner = start_runner()
    read_pid(tmp_path / "pid")
    lock = tmp_path / "batch.db.runner.lock"
    before = lock.stat().st_ino
    (tmp_path / "link.db").symlink_to(batch.database)
    for same in (batch, LocalBatch(tmp_path / "link.db")):
        with pytest.raises(BatchError, match=f"pid {runner.pid}"):
            run(same, 1, drain=True)
    assert lock.stat().st_ino == before
    runner.kill()
    runner.communicate()
    run(batch, 1, stop=lambda: True)
    assert lock.stat().st_ino == before
    assert lock.read_text() == f"{os.getpid()}\n"


def test_a_wrapper_that_only_names_the_runner_is_no_runner(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", "true")
    (tmp_path / "batch.db.runner.lock").write_text(f"{os.getpid()}\n")
    with subprocess.Popen(["sh", "-c", "sleep 600 # prodcli local run"], start_new_session=True) as wrapper:
        assert run(batch, 1, drain=True).finished == 1
        os.killpg(wrapper.pid, signal.SIGKILL)


def test_drain_leaves_held_jobs(batch: LocalBatch, tmp_path: Path) -> None:
    cluster = submit(batch, tmp_path / "a", "true", "true")
    batch.hold(SCHEDD, [(cluster, 0)], "wait")
    assert run(batch, 2, drain=True).finished == 1
    assert batch.living(SCHEDD) == {(cluster, 0)}
    assert run(LocalBatch(tmp_path / "other.db"), 1, drain=True).started == 0


def test_without_drain_it_waits_for_more(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", "true")

    def more() -> bool:
        finished = {event.dbid for event in jobs(batch).values() if event.queue is Queue.COMPLETED}
        if finished == {1} and not (tmp_path / "b").exists():
            submit(batch, tmp_path / "b", "true", dbid=5)
        return finished == {1, 5}

    assert run(batch, 1, stop=more).finished == 2


def test_events_tell_each_state_once(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", "true", "sleep 0.3", "exit 1")
    told: list[tuple[int, Queue]] = []
    cursor = ""

    def harvest() -> bool:
        nonlocal cursor
        changes = whole(batch.changes(SCHEDD, cursor))
        events, cursor = changes.events, changes.cursor
        told.extend((event.proc, event.queue) for event in events)
        return False

    harvest()
    run(batch, 1, drain=True, stop=harvest)
    harvest()
    for proc in range(3):
        assert [queue for number, queue in dict.fromkeys(told) if number == proc][-1] is Queue.COMPLETED
    assert (1, Queue.RUNNING) in told
    assert whole(batch.changes(SCHEDD, cursor)) == Changes([], cursor)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="No such file"):
        run(LocalBatch(tmp_path / "none" / "batch.db"), 1, drain=True)


def test_a_runner_whose_queue_file_is_gone_ends(batch: LocalBatch, tmp_path: Path) -> None:
    submit(batch, tmp_path / "a", f"echo $$ > {tmp_path}/pid; exec sleep 600")

    def take_away() -> bool:
        if (tmp_path / "pid").exists() and batch.database.exists():
            batch.database.rename(tmp_path / "away.db")
        return False

    with pytest.raises(BatchError, match="No such file"):
        run(batch, 1, stop=take_away)
    assert not alive(read_pid(tmp_path / "pid"))
    assert not batch.database.exists()
