"""CPU, memory, disk and machine of a job, from /proc, its control group and HTCondor's own files."""

import collections
import contextlib
import os
import signal
import time

import prodcli_notes as notes

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than many a tool to work
    from typing import Dict, Iterator, List, Optional

_TICKS = os.sysconf("SC_CLK_TCK")
_MOST_FILES = 20000
_USER, _SYSTEM = 11, 12  # words of /proc/PID/stat after the name
Cpu = collections.namedtuple("Cpu", "user system")


def shell() -> int:
    """The process of the payload script; 0 if it is not known."""
    return int(os.environ.get("PRODCLI_SHELL") or 0)


def _stat(pid: int) -> "List[str]":
    """The words after the name of a process; empty if the process is gone."""
    try:
        with open("/proc/%d/stat" % pid, errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def family(root: int) -> "List[int]":
    """A process and all its descendants, zombies too."""
    found = [root]
    for pid in found:
        threads = "/proc/%d/task" % pid
        with contextlib.suppress(OSError):
            for thread in os.listdir(threads):
                with open("%s/%s/children" % (threads, thread)) as children:
                    found += [int(child) for child in children.read().split()]
    return found


def cpu(root: int) -> "Optional[Cpu]":
    """The CPU in seconds of a process, its descendants, and those whose end they saw."""
    stats = [words for words in map(_stat, family(root)) if words]
    if not root or not stats:
        return None
    user = sum(int(words[_USER]) + int(words[_USER + 2]) for words in stats)
    system = sum(int(words[_SYSTEM]) + int(words[_SYSTEM + 2]) for words in stats)
    return Cpu(user / _TICKS, system / _TICKS)


def own_cpu() -> Cpu:
    """The CPU in seconds of this process and its children."""
    spent = os.times()
    return Cpu(spent[0] + spent[2], spent[1] + spent[3])


@contextlib.contextmanager
def span(name: str) -> "Iterator[None]":
    """Note time and CPU of what is done meanwhile as a phase of its own."""
    began, before = time.time(), own_cpu()
    yield
    after, wall = own_cpu(), time.time() - began
    cpu_used = {"user_cpu": after.user - before.user, "sys_cpu": after.system - before.system}
    notes.add("span", name=name, at=began, wall=wall, **cpu_used)


def memory_samples() -> "List[List[float]]":
    """Pairs of time and memory in kB, as the watcher of prodcli_reporting.sh writes them."""
    lines = [line.split() for line in _lines(os.path.join(notes.folder(), "memory"))]
    return [[float(at), float(resident)] for at, resident in (line for line in lines if len(line) == 2)]


def memory_of_slot() -> "Optional[int]":
    """The peak in kB of the control group that HTCondor made for this job; None where there is none."""
    for line in _lines("/proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if "condor" in path and "slot" in path:
            old = "memory" in controllers
            peak = "memory%s/memory.max_usage_in_bytes" % path if old else "%s/memory.peak" % path.lstrip("/")
            with contextlib.suppress(OSError, ValueError), open("/sys/fs/cgroup/" + peak) as file:
                return int(file.read()) // 1024
    return None


def disk_kb(top: str) -> int:
    """What lies in a folder, in kB as the disk counts them; at most 20,000 files are looked at."""
    blocks = seen = 0
    for folder, _, names in os.walk(top):
        for name in names:
            with contextlib.suppress(OSError):
                blocks += os.lstat(os.path.join(folder, name)).st_blocks
        seen += len(names)
        if seen > _MOST_FILES:
            break
    return blocks // 2


def end_family(root: int) -> None:
    """End what a killed script left running: ask, and two seconds later insist."""
    mine = os.getpid()
    for number, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 1.0)):
        until = time.monotonic() + seconds
        left = _running(root, mine)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        while _running(root, mine) and time.monotonic() < until:
            time.sleep(0.02)


def _running(root: int, mine: int) -> "List[int]":
    """The descendants of a process without this process and those between the two."""
    above = set(_ancestors(mine))
    return [pid for pid in family(root)[1:] if pid not in above and _stat(pid)[:1] not in ([], ["Z"])]


def _ancestors(pid: int) -> "Iterator[int]":
    while pid > 1:
        yield pid
        pid = int((_stat(pid) or ["", "0"])[1])


def job_ad() -> "Dict[str, str]":
    """What HTCondor wrote about this job; empty elsewhere."""
    return _ad(os.environ.get("_CONDOR_JOB_AD"))


def _ad(path: "Optional[str]") -> "Dict[str, str]":
    pairs = (line.partition("=") for line in _lines(path or ""))
    return {name.strip(): value.strip().strip('"') for name, equals, value in pairs if equals}


def machine() -> "Dict[str, object]":
    """The node: CPU model, cores, operating system, site, host and address; what is not known is None."""
    ad = _ad(os.environ.get("_CONDOR_MACHINE_AD"))
    models = (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    systems = (
        line.partition("=")[2].strip('"') for line in _lines("/etc/os-release") if line.startswith("PRETTY_NAME=")
    )
    return {
        "cpu": next(models, None),
        "cores": os.cpu_count(),
        "os": next(systems, None),
        "site": os.environ.get("PRODCLI_SITE_NAME") or ad.get("GLIDEIN_Site"),
        "host": os.uname().nodename,
        "address": ad.get("MyAddress", "").strip("<>").partition("?")[0].rpartition(":")[0].strip("[]") or None,
    }


def _lines(path: str) -> "List[str]":
    try:
        with open(path, errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
