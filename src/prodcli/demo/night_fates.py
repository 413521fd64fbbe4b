"""What becomes of the jobs of the bad night: the causes, where and when they strike, and what jobs leave in their logs.

Times are seconds before the morning, so they are negative.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

from prodcli.states import Queue

_MINUTE, HOUR = 60, 3600
PASSES = (-8 * HOUR, -7 * HOUR, -6 * HOUR, -5 * HOUR, -4 * HOUR, -3 * HOUR, -2 * HOUR, -HOUR)
RUNS_OF_A_PASS, SEGMENTS, EVENTS = 3, 10, 50_000
FIRST_RUN = 72001
SEED, TRACKS, CALO = "Night_TRKR_SEED", "Night_TRKR_TRACKS", "Night_CALO"
OUTAGE = (-5 * HOUR - 47 * _MINUTE, -5 * HOUR - 18 * _MINUTE)
DATABASE = "conditions"
_RETRIES = 150  # seconds that a job asks the database again and again
NEW_CODE = -4 * HOUR - 5 * _MINUTE  # when the commit with the bug was made
BLACK_HOLE, _BLACK_SINCE = "farm013", -5 * HOUR
_NODES = 16  # farm001 to farm016
_BUSY_PASS, _LOSING_PASS, _STALLED_PASS = -3 * HOUR, -7 * HOUR, -7 * HOUR
_NO_DATABASE = """\
psql: error: connection to server at "cdb01.example.org" (192.0.2.17), port 5432 failed: Connection refused
\tIs the server running on that host and accepting TCP/IP connections?
CDBInterface::getUrl: no answer about TPC_GAIN for run {run}
"""
_NO_SOFTWARE = """\
/cvmfs/sphenix.example.org/setup.sh: Transport endpoint is not connected
run_night.sh: line 12: root.exe: command not found
"""
_BUG = """\
PHCASeeding.cc:214: int PHCASeeding::process_event(PHCompositeNode*): Assertion `seeds > 0' failed.
"""
_DISK_FULL = """\
cp: error writing '/stage/out/{run:08d}-{segment:05d}.root': No space left on device
"""
_OVER = "Job has gone over cgroup memory limit of {asked} megabytes. Peak usage: {used} megabytes."


@dataclass(frozen=True, slots=True)
class NightJob:
    """A job that waits in the queue: its rule, run and segment, and when it was submitted."""

    rule: str
    run: int
    segment: int
    submitted: int

    @property
    def dice(self) -> int:
        """A number that is the same each night."""
        return crc32(f"{self.rule} {self.run} {self.segment}".encode())


@dataclass(frozen=True, slots=True)
class Fate:
    """The end of a job, or its present state: times, node, memory in MB, and what it wrote to stderr.

    `wrote` is false for a job without an output.
    """

    node: str
    started: int
    since: int
    queue: Queue = Queue.COMPLETED
    exit_code: int | None = 0
    memory: int = 900
    said: str = ""
    wrote: bool = False
    hold: tuple[int, int] | None = field(default=None)
    reason: str | None = None

    @property
    def ended(self) -> bool:
        """True if the job has left the queue."""
        return self.queue is Queue.COMPLETED


def fate_of(job: NightJob, asked: int) -> Fate:
    """The fate of a job that asked for so many MB."""
    started = job.submitted + 60 + job.dice % (29 * _MINUTE)
    node = _node_of(job)
    if node == BLACK_HOLE and job.submitted >= _BLACK_SINCE:
        return Fate(node, started, started + 3 + job.dice % 5, exit_code=127, memory=4, said=_NO_SOFTWARE)
    if OUTAGE[0] <= started < OUTAGE[1] - _RETRIES:
        return Fate(node, started, started + _RETRIES, exit_code=1, memory=60, said=_NO_DATABASE.format(run=job.run))
    return _of_rule(job, asked, node, started)


def _of_rule(job: NightJob, asked: int, node: str, started: int) -> Fate:
    ended = started + 12 * _MINUTE + job.dice % (15 * _MINUTE)
    if job.rule == SEED and job.submitted > NEW_CODE:
        return Fate(node, started, started + 4 * _MINUTE + job.dice % 300, exit_code=134, memory=400, said=_BUG)
    if job.rule == CALO and job.submitted == _BUSY_PASS:
        used = asked * 3 // 2 + job.dice % 400
        reason = _OVER.format(asked=asked, used=used)
        return Fate(node, started, started + 600, Queue.HELD, None, used, hold=(34, 102), reason=reason)
    if job.rule == CALO and job.submitted == _LOSING_PASS and job.segment >= SEGMENTS - 3:
        return Fate(node, started, ended, said=_DISK_FULL.format(run=job.run, segment=job.segment))
    if job.rule == TRACKS and job.submitted == _STALLED_PASS and job.segment < 2:
        return Fate(node, started, started, Queue.RUNNING, None, 700)
    return Fate(node, started, ended, memory=asked * 6 // 10 + job.dice % 100, wrote=True)


def _node_of(job: NightJob) -> str:
    """The node of a job; a node that fails jobs at once takes every fourth."""
    if job.submitted >= _BLACK_SINCE and job.dice % 4 == 0:
        return BLACK_HOLE
    names = [f"farm{number:03d}" for number in range(1, _NODES + 1)]
    if job.submitted >= _BLACK_SINCE:
        names.remove(BLACK_HOLE)
    return names[job.dice // 7 % len(names)]


def machine_of(node: str) -> dict[str, object]:
    """What a job reports of its node."""
    first = int(node.removeprefix("farm")) <= _NODES // 2
    cpu = "AMD EPYC 7763 64-Core Processor" if first else "Intel(R) Xeon(R) Gold 6336Y CPU @ 2.40GHz"
    return {"cpu": cpu, "cores": 64, "os": "AlmaLinux 9.4", "site": "hall-a" if first else "hall-b", "host": node}
