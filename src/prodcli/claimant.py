"""Who claims: a process that others can recognise as alive or dead, also after its pid is used again."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_ENDED = ("Z", "X")  # states of a process that has ended and is not yet taken away by its parent


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether a claimant is alive, and by what evidence."""

    alive: bool
    why: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process: host (short), pid, the boot that it belongs to, and its start time in kernel ticks."""

    host: str
    pid: int
    boot_id: str
    process_start: str

    def liveness(self, me: "Claimant", lease_left: int) -> Liveness:
        """Judge a claimant: on this host by its process, elsewhere by its lease, of which so many seconds are left.

        A process may ask this of itself only between its passes: what it still holds then, an earlier one left open.
        """
        if self == me:
            return Liveness(False, "an earlier pass of this process left it")
        if self.host == me.host and self.process_start:
            if self.boot_id != me.boot_id:
                return Liveness(False, "the host has booted since")
            now = process_start(self.pid)
            if now == self.process_start:
                return Liveness(True, "the process runs on this host")
            if now is not None or not _hidden(self.pid):
                return Liveness(False, "the process is no more")
        if lease_left >= 0:
            return Liveness(True, f"the lease runs for {lease_left} s")
        return Liveness(False, "the lease is over")


def myself() -> Claimant:
    """This process."""
    pid = os.getpid()
    return Claimant(short_host(), pid, _boot_id(), process_start(pid) or "")


def short_host() -> str:
    """The host's name without its domain."""
    return socket.gethostname().partition(".")[0]


def process_start(pid: int) -> str | None:
    """A process's start time in ticks since boot (field 22 of /proc/PID/stat); None if no such process is seen.

    Empty for one that has ended, and whose parent has not asked for its exit code yet.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in _ENDED else fields[18]


def _hidden(pid: int) -> bool:
    """True for a process that exists although /proc does not show it, as with the mount option hidepid."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
