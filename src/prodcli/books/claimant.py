"""The process of a claim: other processes can tell whether it is alive, even if its pid is used again."""

import os
import pwd
import socket
from dataclasses import dataclass
from pathlib import Path

_ENDED = ("Z", "X")  # states of a process that has ended and is not yet taken away by its parent
_HOSTS_OWN = "pid:[4026531836]"  # the namespace of pids that the kernel starts with; source: PROC_PID_INIT_INO of Linux


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether a claimant is alive, and by what evidence."""

    alive: bool
    why: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process: host or pid namespace, pid, boot id, and start time in kernel ticks."""

    host: str  # short; in a container, which has pids of its own, with the number of their namespace: `submit01/4026532178`
    pid: int
    boot_id: str
    process_start: str

    @property
    def host_name(self) -> str:
        """The host without the number of a pid namespace."""
        return self.host.partition("/")[0]

    def liveness(self, me: "Claimant", lease_left: int) -> Liveness:
        """Judge a claimant: by its process where its pid counts, elsewhere by the seconds left of its lease.

        A process may ask for itself only between its passes: an open claim of its own then belongs to an earlier pass.
        """
        if self == me:
            return Liveness(False, "an earlier pass of this process left it")
        same_boot = self.boot_id == me.boot_id
        # namespaces of two hosts may have the same number: in containers another boot may be another host
        if self.host == me.host == me.host_name and self.process_start and not same_boot:
            return Liveness(False, "the host has booted since")
        if self.host == me.host and self.process_start and me.process_start and same_boot:
            now = process_start(self.pid)
            if now == self.process_start:
                return Liveness(True, "the process runs on this host")
            if now is not None or not _hidden(self.pid):
                return Liveness(False, "the process is no more")
        if lease_left >= 0:
            return Liveness(True, f"the lease runs for {lease_left} s")
        return Liveness(False, "the lease is over")


def account() -> str:
    """The account of this process."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def myself() -> Claimant:
    """This process."""
    pid = os.getpid()
    return Claimant(_host(), pid, _boot_id(), process_start(pid) or "" if _proc_is_ours(pid) else "")


def short_host() -> str:
    """The host's name without its domain."""
    return socket.gethostname().partition(".")[0]


def _host() -> str:
    """The host's name; in a container, with its own pids, followed by the number of the pid namespace."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return short_host()
    return short_host() if namespace == _HOSTS_OWN else f"{short_host()}/{namespace.strip('pid:[]')}"


def _proc_is_ours(pid: int) -> bool:
    """False if /proc has the pids of another namespace, as in a container that sees the host's /proc."""
    try:
        return str(Path("/proc/self").readlink()) == str(pid)
    except OSError:
        return False


def process_start(pid: int) -> str | None:
    """A process's start time in ticks since boot (field 22 of /proc/PID/stat); None if there is no such process.

    Empty for a process that has ended, and whose parent has not read its exit code yet.
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
