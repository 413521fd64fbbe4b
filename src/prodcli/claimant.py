"""Who claims: a process that others can recognise as alive or dead, also after its pid is used again."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process: host (short), pid, the boot that it belongs to, and its start time in kernel ticks."""

    host: str
    pid: int
    boot_id: str
    process_start: str

    def dead_here(self, me: "Claimant") -> bool | None:
        """True or False for a claimant of this host; None where only its lease can tell: on another host."""
        if self.host != me.host or not self.process_start:
            return None
        if self.boot_id != me.boot_id:
            return True
        return process_start(self.pid) != self.process_start


def myself() -> Claimant:
    """This process."""
    pid = os.getpid()
    return Claimant(short_host(), pid, _boot_id(), process_start(pid) or "")


def short_host() -> str:
    """The host's name without its domain."""
    return socket.gethostname().partition(".")[0]


def process_start(pid: int) -> str | None:
    """A process's start time in ticks since boot (field 22 of /proc/PID/stat); None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
