"""Start, watch and end the process of a job of the local batch (Linux: it reads /proc)."""

import contextlib
import errno
import fnmatch
import os
import resource
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from prodcli.batch.description import expand, split_arguments
from prodcli.errors import BatchError

# Hold codes; the subcode is the errno. Source: HTCondor manual, HoldReasonCode.
NO_PROGRAM, NO_OUTPUT, NO_FOLDER = 6, 7, 14
_REASONS = {
    NO_PROGRAM: "Failed to execute '{}': {}",
    NO_OUTPUT: "Failed to open '{}' as standard output or error: {}",
    NO_FOLDER: "Cannot access initial working directory {}: {}",
}
_PASSED_ON = ("PATH", "HOME", "USER", "LANG")
_SCRATCH = "_CONDOR_SCRATCH_DIR"
_PROC = Path("/proc")
_STAT_BYTES = 2000
_FLOOR_MARGIN_KB = 2048
_TRIES, _TRY_SECONDS = 1000, 0.01
STARTING = 0  # stands for the pid of a process that is about to be made


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that a process needs to become the job; empty outputs go to /dev/null."""

    executable: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    output: str
    error: str


@dataclass(frozen=True, slots=True)
class HoldCause:
    """The reason why a job is put on hold."""

    code: int
    subcode: int
    reason: str


class HoldError(Exception):
    """A job cannot start and is to be put on hold."""

    def __init__(self, hold: HoldCause) -> None:
        super().__init__(hold.reason)
        self.hold = hold


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a process; `largest_mb` is the peak of its largest member in MB, None if unknown."""

    exit_code: int
    user_cpu: float
    sys_cpu: float
    largest_mb: int | None


@dataclass(frozen=True, slots=True)
class Process:
    """A line of the process table; `born` tells the process from another with the same pid.

    `cpu` in seconds, with that of children whose end the process saw.
    """

    parent: int
    group: int
    rss_kb: int
    born: str
    ended: bool
    cpu: float = 0.0


def make_launch(
    commands: Mapping[str, str], macros: Mapping[str, str], submit_folder: str, own: Mapping[str, str]
) -> Launch:
    """Fill in a description for one job; `own` are the variables that the slot adds to the environment.

    Raises HoldError for macros that cannot be filled.
    """

    def value(key: str) -> str:
        try:
            return expand(commands.get(key, ""), macros)
        except (BatchError, ValueError) as err:
            raise HoldError(HoldCause(NO_PROGRAM, errno.EINVAL, f"{key} cannot be filled in: {err}")) from err

    def place(key: str, base: Path) -> str:
        name = value(key)
        return str(base / name) if name else ""

    folder = Path(submit_folder) / value("initialdir")
    return Launch(
        executable=place("executable", Path(submit_folder)),
        arguments=split_arguments(value("arguments")),
        environment={**_inherited(value("getenv")), **_own_environment(value("environment")), **own},
        folder=str(folder),
        output=place("output", folder),
        error=place("error", folder),
    )


def scratch_environment(folder: Path) -> dict[str, str]:
    """The variables for the scratch folder of a job."""
    return dict.fromkeys((_SCRATCH, "TMPDIR", "TMP", "TEMP"), str(folder))


def write_ad(file: Path, **facts: int) -> None:
    """Write what a job may look up about itself; the number of starts counts those before this one, as with HTCondor."""
    file.write_text("".join(f"{name} = {value}\n" for name, value in facts.items()))


def _inherited(getenv: str) -> dict[str, str]:
    """`getenv` is true, false, or a list of names and patterns."""
    if getenv.casefold() == "true":
        return dict(os.environ)
    names = [name for word in getenv.split(",") for name in fnmatch.filter(os.environ, word.strip())]
    return {name: os.environ[name] for name in (*_PASSED_ON, *names) if name in os.environ}


def _own_environment(value: str) -> dict[str, str]:
    """HTCondor's new syntax, `"a=1 b='2 3'"`, and its old one, `a=1;b=2 3`."""
    words = split_arguments(value) if value.startswith('"') else [word.strip() for word in value.split(";")]
    pairs = (word.partition("=") for word in words)
    return {name: text for name, equals, text in pairs if name and equals}


class Child:
    """The process of a job, in a session of its own; raises HoldError if the job cannot start."""

    def __init__(self, launch: Launch) -> None:
        self._floor_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with contextlib.ExitStack() as files:
            output = files.enter_context(_create(launch.output))
            error = output if launch.error == launch.output else files.enter_context(_create(launch.error))
            try:
                self._process = subprocess.Popen(
                    [launch.executable, *launch.arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=error,
                    cwd=launch.folder,
                    env=launch.environment,
                    start_new_session=True,
                )
            except ValueError as err:
                reason = f"Failed to execute '{launch.executable}': {err}"
                raise HoldError(HoldCause(NO_PROGRAM, errno.EINVAL, reason)) from err
            except OSError as err:
                if err.filename is None:  # this machine has no room for a process more
                    raise
                code = NO_FOLDER if err.filename == launch.folder else NO_PROGRAM
                raise _hold_error(code, str(err.filename), err) from err
        self.pid = self._process.pid
        self.born = _stat(self.pid).born

    def has_ended(self) -> bool:
        """True if the process has ended; the pid stays taken until `reap`."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def reap(self) -> Ending:
        """Wait for the end of the process, end the rest of its group, and free its pid."""
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        _end_group(self.pid)
        _, status, usage = os.wait4(self.pid, 0)
        code = self._process.returncode = os.waitstatus_to_exitcode(status)
        # Its peak begins with the runner's, whose memory it shared for a moment.
        known = usage.ru_maxrss > self._floor_kb + _FLOOR_MARGIN_KB
        return Ending(
            exit_code=code if code >= 0 else 128 - code,
            user_cpu=usage.ru_utime,
            sys_cpu=usage.ru_stime,
            largest_mb=-(-usage.ru_maxrss // 1024) if known else None,
        )

    def end(self, table: Mapping[int, Process]) -> None:
        """Kill the process with all its descendants."""
        _end_group(self.pid)
        _end(family({self.pid}, table) | {self.pid})


def _create(path: str) -> BinaryIO:
    try:
        return Path(path or os.devnull).open("wb", buffering=0)
    except OSError as err:
        raise _hold_error(NO_OUTPUT, path, err) from err


def _hold_error(code: int, path: str, err: OSError) -> HoldError:
    reason = _REASONS[code].format(path, err.strerror)
    return HoldError(HoldCause(code, err.errno or 0, f"{reason} (errno {err.errno})"))


def process_table() -> dict[int, Process]:
    """Every process of this machine that has not ended, by pid."""
    table = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                table[int(folder.name)] = _stat(int(folder.name))
    return {pid: line for pid, line in table.items() if not line.ended}


def family(heads: Collection[int], table: Mapping[int, Process]) -> set[int]:
    """Processes and their groups, with all their descendants."""
    children = defaultdict(list)
    for pid, line in table.items():
        children[line.parent].append(pid)
    found: set[int] = set()
    new = [pid for pid, line in table.items() if pid in heads or line.group in heads]
    while new:
        pid = new.pop()
        if pid not in found:
            found.add(pid)
            new += children[pid]
    return found


def memory_mb(pid: int, table: Mapping[int, Process]) -> int:
    """The memory of a process and all its descendants in MB, rounded up."""
    return -(-sum(table[member].rss_kb for member in family({pid}, table)) // 1024)


def runs(pid: int, born: str | None, table: Mapping[int, Process]) -> bool:
    """True if the process of a job, or one of its group, has not ended yet; a starting job counts, too."""
    leader = table.get(pid)
    if pid == STARTING or leader is not None:
        return leader is None or leader.born == born
    return any(line.group == pid for line in table.values())


def end_left_over(leaders: Mapping[int, str], scratch: str | None) -> None:
    """End the processes of a runner.

    Its jobs by pid and start, and all processes with its scratch folder in the environment.

    Returns when they are gone; raises BatchError if they stay.
    """
    for _ in range(_TRIES):
        table = process_table()
        heads = {p for p, line in table.items() if leaders.get(p) == line.born or (scratch and _carries(p, scratch))}
        left = family(heads, table) - {os.getpid()}
        if not left:
            return
        _end(left)
        time.sleep(_TRY_SECONDS)
    raise BatchError(f"processes of jobs do not end: {sorted(left)}", todo="end them by hand")


def _carries(pid: int, scratch: str) -> bool:
    try:
        return f"\0{_SCRATCH}={scratch}/".encode() in b"\0" + (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False


def _stat(pid: int) -> Process:
    """Source: proc(5), /proc/pid/stat; the program's name, in brackets, may hold anything."""
    file = os.open(f"{_PROC}/{pid}/stat", os.O_RDONLY)
    try:
        words = os.read(file, _STAT_BYTES).rpartition(b")")[2].split()
    finally:
        os.close(file)
    return Process(
        parent=int(words[1]),
        group=int(words[2]),
        rss_kb=int(words[21]) * os.sysconf("SC_PAGE_SIZE") // 1024,
        born=f"{_boot()}:{int(words[19])}",
        ended=words[0] in (b"Z", b"X"),
        cpu=sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK"),
    )


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _end(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
