"""The runner of the local batch: starts queued jobs, watches their memory and time, and books their ends.

Each turn of its loop is one transaction, however many jobs start and end in it. One runner at a time works on a queue:
it holds a lock that the kernel releases when it dies, so the lock file is never removed. The next runner ends the
processes of a killed runner before those jobs are idle again.
"""

import json
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from prodcli.batch import ProcId
from prodcli.batch.local.batch import LocalBatch
from prodcli.batch.local.left_over import clear_left_over, put_back, sole_runner
from prodcli.batch.local.process import (
    STARTING,
    Child,
    HoldCause,
    HoldError,
    Process,
    end_left_over,
    make_launch,
    memory_mb,
    process_table,
    scratch_environment,
    write_ad,
)
from prodcli.batch.local.queue_file import as_batch_errors, open_queue, transaction
from prodcli.batch.local.rendered import allowed_seconds, retry_memory
from prodcli.batch.local.signs import VARIABLE, told_file
from prodcli.errors import BatchError
from prodcli.states import Queue

_OVER_MEMORY, _OVER_TIME = (34, 102), (46, 0)
_WATCH_SECONDS = 0.5
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_STARTABLE = """
    SELECT cluster, proc, item, memory_asked, num_starts FROM jobs WHERE status = 1 AND pid IS NULL
    ORDER BY priority DESC, cluster, proc LIMIT ?"""
_CLUSTER = "SELECT commands, folder FROM clusters WHERE cluster = ?"
_RUNNING = "SELECT cluster, proc FROM jobs WHERE status = 2"
_START = """
    UPDATE jobs SET status = 2, since = max(since, :now), change = :change, num_starts = num_starts + 1, node = :node,
        started = :now, finished = NULL, exit_code = NULL, user_cpu = NULL, sys_cpu = NULL, memory_used = NULL,
        memory_provisioned = memory_asked, pid = :pid, born = NULL
    WHERE cluster = :cluster AND proc = :proc"""
_HAS_PROCESS = "UPDATE jobs SET pid = ?, born = ? WHERE cluster = ? AND proc = ?"
_FREE = """
    UPDATE jobs SET change = :change, pid = NULL, born = NULL, user_cpu = :user_cpu, sys_cpu = :sys_cpu,
        memory_used = :memory_used
    WHERE cluster = :cluster AND proc = :proc"""
_SETTLE = """
    UPDATE jobs SET status = :status, since = max(since, :now), change = :change, exit_code = :exit_code,
        finished = :finished, hold_reason = :reason, hold_code = :code, hold_subcode = :subcode
    WHERE cluster = :cluster AND proc = :proc AND status = 2"""
_RETRY = """
    UPDATE jobs SET status = 1, since = max(since, :now), change = :change, memory_asked = :memory
    WHERE cluster = :cluster AND proc = :proc AND status = 2"""
_SET_SCRATCH = "UPDATE queue SET scratch = ?"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The work of a runner: starts, and ends by kind; a job that is held and starts again counts twice."""

    started: int = 0
    finished: int = 0
    failed: int = 0
    held: int = 0
    seconds: float = 0.0


def run(
    batch: LocalBatch,
    slots: int,
    drain: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[RunSummary], None] = lambda summary: None,
) -> RunSummary:
    """Execute jobs, `slots` at a time, until `stop` or, with `drain`, until none is idle or running.

    SIGINT, SIGTERM and SIGHUP end it in good order, and are raised again then. Jobs that still run at the end are
    killed and idle again. Raises BatchError if another runner works on the queue.
    """
    with (
        as_batch_errors(batch.database),
        _signals() as caught,
        sole_runner(batch.database),
        closing(open_queue(batch.database)) as connection,
        _scratch_folder(connection) as scratch,
    ):
        runner = _Runner(connection, slots, scratch)
        file = batch.database.stat().st_ino
        try:
            pause = report_at = 0.0
            while not (caught or stop()):
                busy = runner.turn()
                if drain and not busy and not runner.jobs:
                    break
                if time.monotonic() >= report_at:
                    if batch.database.stat().st_ino != file:
                        raise BatchError("another queue file took its place", where=str(batch.database))
                    on_progress(runner.summary())
                    report_at = time.monotonic() + _WATCH_SECONDS
                pause = _SHORTEST_PAUSE if busy else min(2 * pause, _LONGEST_PAUSE)
                time.sleep(pause)
        finally:
            runner.end()
        on_progress(runner.summary())
    return runner.summary()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals that ask for an end; they are raised again when the work is in order."""
    caught: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    wanted = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda number, _: caught.append(number)) for number in wanted}
    try:
        with _heard_in_jobs():
            yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
    if caught:
        signal.raise_signal(caught[0])


@contextmanager
def _heard_in_jobs() -> Iterator[None]:
    """Ignore signals here, as below nohup, and not in jobs.

    A program starts without handlers, but with ignored signals.
    """
    ignored = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_IGN]
    if not ignored:
        yield
        return
    awake = signal.set_wakeup_fd(-1)  # nobody is to be told of a signal that is ignored
    for number in ignored:
        signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(awake, warn_on_full_buffer=False)


@contextmanager
def _scratch_folder(connection: sqlite3.Connection) -> Iterator[Path]:
    """End processes and remove folders of an earlier runner, then make a folder for this runner's jobs."""
    clear_left_over(connection)
    with tempfile.TemporaryDirectory(prefix="prodcli-local-", ignore_cleanup_errors=True) as folder:
        with transaction(connection):
            connection.execute(_SET_SCRATCH, (folder,))
        yield Path(folder)
    with transaction(connection):
        connection.execute(_SET_SCRATCH, (None,))


def _ad_of(scratch: Path) -> Path:
    """The file that tells a job about itself: beside its scratch folder, which is the job's own."""
    return scratch.with_name(f"{scratch.name}.ad")


@dataclass
class _Job:
    """A job with a process."""

    id: ProcId
    slot: int
    limit_mb: int | None
    limit_seconds: int | None
    scratch: Path
    child: Child
    began: float
    peak_mb: int = 0
    verdict: HoldCause | None = None

    def measure(self, table: Mapping[int, Process]) -> None:
        """Measure the memory and the time of the job; too much is a verdict."""
        used = memory_mb(self.child.pid, table)
        self.peak_mb = max(self.peak_mb, used)
        if self.verdict is not None:
            return
        if self.limit_mb is not None and used > self.limit_mb:
            reason = f"Job has gone over memory limit of {self.limit_mb} megabytes. Peak usage: {used} megabytes."
            self.verdict = HoldCause(*_OVER_MEMORY, reason)
        elif self.limit_seconds is not None and time.monotonic() - self.began > self.limit_seconds:
            reason = f"The job exceeded allowed job duration of {self.limit_seconds} seconds"
            self.verdict = HoldCause(*_OVER_TIME, reason)

    @property
    def over_memory(self) -> bool:
        """True if it is ended for its memory."""
        return self.verdict is not None and (self.verdict.code, self.verdict.subcode) == _OVER_MEMORY


class _Runner:
    """The loop's state: the jobs with a process, and the work done so far."""

    def __init__(self, connection: sqlite3.Connection, slots: int, scratch: Path) -> None:
        self.jobs: dict[ProcId, _Job] = {}
        self._done = Counter[str]()
        self._begin = time.monotonic()
        self._connection = connection
        self._slots = slots
        self._scratch = scratch
        self._node = socket.gethostname().partition(".")[0]
        self._clusters: dict[int, tuple[dict[str, str], str]] = {}
        self._watch_at = 0.0

    def summary(self) -> RunSummary:
        """The work done so far."""
        return RunSummary(**self._done, seconds=time.monotonic() - self._begin)

    def turn(self) -> bool:
        """End, book and start jobs; False if there was nothing to do."""
        self._watch()
        ended = [job for job in self.jobs.values() if job.child.has_ended()]
        free = self._slots - len(self.jobs) + len(ended)
        if not ended and not (free and self._startable(1)):
            return False
        with transaction(self._connection) as change:
            self._book(ended, change)
            rows = self._startable(free)
            for row in rows:
                values = {"cluster": row["cluster"], "proc": row["proc"], "node": self._node, "now": int(time.time())}
                self._connection.execute(_START, {**values, "change": change, "pid": STARTING})
        if rows:
            self._start(rows)
        return True

    def end(self) -> None:
        """Kill running jobs, and make them idle again."""
        ended = [job for job in self.jobs.values() if job.child.has_ended()]
        table = process_table()
        for job in self.jobs.values():
            job.child.end(table)
        end_left_over({}, str(self._scratch))
        with transaction(self._connection) as change:
            self._book(ended, change)
            for job in list(self.jobs.values()):
                self._free(job, change)
            put_back(self._connection, change)

    def _watch(self) -> None:
        """Kill jobs that exceed their memory or time, and jobs that were removed or held."""
        if not self.jobs:
            return
        table: dict[int, Process] = {}
        if time.monotonic() >= self._watch_at:
            table = process_table()
            self._watch_at = time.monotonic() + _WATCH_SECONDS
            for job in self.jobs.values():
                job.measure(table)
        wanted = {(row["cluster"], row["proc"]) for row in self._connection.execute(_RUNNING)}
        for id, job in self.jobs.items():
            if job.verdict or id not in wanted:
                table = table or process_table()
                job.child.end(table)

    def _startable(self, limit: int) -> list[sqlite3.Row]:
        return self._connection.execute(_STARTABLE, (limit,)).fetchall()

    def _start(self, rows: list[sqlite3.Row]) -> None:
        """Make the processes of jobs that are booked as running, then book the processes.

        A runner that dies in between leaves processes that the next one finds by their scratch folder.
        """
        holds: dict[ProcId, HoldCause] = {}
        for row in rows:
            id = row["cluster"], row["proc"]
            try:
                self.jobs[id] = self._make(id, row)
                self._done["started"] += 1
            except HoldError as err:
                holds[id] = err.hold
        with transaction(self._connection) as change:
            for row in rows:
                id = row["cluster"], row["proc"]
                if id in holds:
                    self._connection.execute(_HAS_PROCESS, (None, None, *id))
                    self._settle(id, change, Queue.HELD, hold=holds[id])
                else:
                    child = self.jobs[id].child
                    self._connection.execute(_HAS_PROCESS, (child.pid, child.born, *id))

    def _make(self, id: ProcId, row: sqlite3.Row) -> _Job:
        slot = min(set(range(1, self._slots + 1)) - {job.slot for job in self.jobs.values()})
        scratch = self._scratch / f"{id[0]}.{id[1]}"
        scratch.mkdir(exist_ok=True)
        write_ad(_ad_of(scratch), ClusterId=id[0], ProcId=id[1], NumJobStarts=row["num_starts"])
        commands, folder = self._cluster(id[0])
        ids = {"cluster": str(id[0]), "clusterid": str(id[0]), "process": str(id[1]), "procid": str(id[1])}
        own = {**scratch_environment(scratch), "_CONDOR_SLOT": f"slot{slot}", "_CONDOR_JOB_AD": str(_ad_of(scratch))}
        own[VARIABLE] = str(told_file(scratch))
        launch = make_launch(commands, {**commands, **json.loads(row["item"]), **ids}, folder, own)
        longest = allowed_seconds(commands)
        return _Job(id, slot, row["memory_asked"], longest, scratch, Child(launch), time.monotonic())

    def _cluster(self, cluster: int) -> tuple[dict[str, str], str]:
        if cluster not in self._clusters:
            row = self._connection.execute(_CLUSTER, (cluster,)).fetchone()
            self._clusters[cluster] = json.loads(row["commands"]), row["folder"]
        return self._clusters[cluster]

    def _book(self, ended: list[_Job], change: int) -> None:
        """Free the slots, and settle the jobs that nobody removed or held meanwhile."""
        for job in ended:
            exit_code = self._free(job, change)
            if job.over_memory and (more := self._more_memory(job)):
                now, (cluster, proc) = int(time.time()), job.id
                values = {"cluster": cluster, "proc": proc, "change": change, "now": now, "memory": more}
                self._connection.execute(_RETRY, values)
            elif job.verdict:
                self._settle(job.id, change, Queue.HELD, hold=job.verdict)
            else:
                self._settle(job.id, change, Queue.COMPLETED, exit_code=exit_code)

    def _more_memory(self, job: _Job) -> int | None:
        """The step of its ladder above what a job has exceeded; None if there is none."""
        commands, _ = self._cluster(job.id[0])
        return next((step for step in retry_memory(commands) if step > (job.limit_mb or 0)), None)

    def _free(self, job: _Job, change: int) -> int:
        del self.jobs[job.id]
        ending = job.child.reap()
        shutil.rmtree(job.scratch, ignore_errors=True)
        _ad_of(job.scratch).unlink(missing_ok=True)
        told_file(job.scratch).unlink(missing_ok=True)
        used = max(job.peak_mb, ending.largest_mb or 0) or None
        values = {"user_cpu": ending.user_cpu, "sys_cpu": ending.sys_cpu, "memory_used": used, "change": change}
        self._connection.execute(_FREE, {**values, "cluster": job.id[0], "proc": job.id[1]})
        return ending.exit_code

    def _settle(
        self, id: ProcId, change: int, queue: Queue, exit_code: int | None = None, hold: HoldCause | None = None
    ) -> None:
        now = int(time.time())
        values = {
            **{"cluster": id[0], "proc": id[1], "change": change, "now": now, "status": queue},
            **{"exit_code": exit_code, "finished": now if queue is Queue.COMPLETED else None},
            **(asdict(hold) if hold else {"code": None, "subcode": None, "reason": None}),
        }
        if self._connection.execute(_SETTLE, values).rowcount:
            self._done["held" if hold else "failed" if exit_code else "finished"] += 1
