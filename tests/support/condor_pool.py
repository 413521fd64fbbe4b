"""A throw-away HTCondor pool for tests, made by condor_pool.sh in a folder of its own.

Give `Pool.config` to what is tested (`batch.condor_config`, or CONDOR_CONFIG of a subprocess). In one process
`htcondor2` reads CONDOR_CONFIG when it is imported and later only at `reload_config()`, whose argument is ignored;
HTCondorBatch sees to both, so a test that needs the bindings themselves makes a batch and asks it something first.

Jobs run as an ordinary user in a tree that shares nothing but /tmp: whatever they read must lie in `Pool.work` or a
`Pool.folder()`, and what they write to must be open to everyone (0777), which those folders are.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SCRIPT = Path(__file__).with_name("condor_pool.sh")
SCHEDDS = ("a@pool.prodcli.test", "b@pool.prodcli.test")
LOGS = ("MasterLog", "SchedLog", "SchedLog.b", "ShadowLog", "NegotiatorLog", "StartLog")
_START_SECONDS = 180


@dataclass(frozen=True)
class Pool:
    """A pool that is up."""

    home: Path  # configuration, queues and logs
    work: Path  # for the files of jobs
    schedds: tuple[str, ...]

    @property
    def config(self) -> str:
        """What CONDOR_CONFIG has to be for a client."""
        return str(self.home / "client")

    def folder(self) -> Path:
        """A new folder that jobs may write to."""
        return _open_folder(self.work)

    def tool(self, *words: str | bytes) -> None:
        """Run one of HTCondor's own programs; a failure raises."""
        environment = os.environ | {"POOL": str(self.home)}
        subprocess.run([str(SCRIPT), "tool", *words], env=environment, capture_output=True, check=True)

    def logs(self) -> str:
        """The last lines of the daemons' logs, for a test that fails."""
        files = [file for name in LOGS if (file := self.home / "log" / name).exists()]
        return "\n".join(f"{file.name}: {line}" for file in files for line in _last_lines(file))


def why_missing() -> str | None:
    """Say in one line why there can be no pool here, or return None if there can."""
    if importlib.util.find_spec("htcondor2") is None:
        return "HTCondor's Python bindings are missing (pip install htcondor)"
    tree = Path(os.environ.get("PRODCLI_POOL_TREE", "/var/tmp/prodcli-pool-tree"))
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    if shutil.which("condor_master", path=search) is None and not (tree / "usr/sbin/condor_master").exists():
        return f"no HTCondor daemons here (as root: {SCRIPT} install)"
    return None


@contextmanager
def pool(schedds: int = 2) -> Iterator[Pool]:
    """Start a pool, and bring it down whatever happens; raises RuntimeError with the last log lines if it won't start."""
    home = _open_folder(Path("/tmp"), 0o755)
    work = _open_folder(Path("/tmp"))
    made = Pool(home, work, SCHEDDS[:schedds])
    try:
        if failure := _run("up", home, schedds):
            raise RuntimeError(f"the HTCondor pool does not start: {failure}\n{made.logs()}")
        yield made
    finally:
        failure = _run("down", home, schedds)
        for folder in (home, work):
            shutil.rmtree(folder, ignore_errors=True)
        if failure:
            raise RuntimeError(f"the HTCondor pool at {home} is not down: {failure}")


def schedd_process(pool: Pool, schedd: str) -> int:
    """The process id of one of the pool's schedds, by its name.

    A schedd answers longer questions in copies of itself, with its command line: those have a schedd as parent.

    Raises:
        AssertionError: The schedd has no process now.
    """
    second = schedd.startswith("b@")
    ours = f"CONDOR_CONFIG={pool.home}/condor_config".encode()
    schedds: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if not words[0].endswith(b"condor_schedd") or (b"SCHEDD_B" in words) != second:
                continue
            if ours in (folder / "environ").read_bytes().split(b"\0"):
                schedds[int(folder.name)] = _parent(folder)
    for pid, parent in schedds.items():
        if parent not in schedds:
            return pid
    raise AssertionError(f"{schedd} has no process")


def _parent(process: Path) -> int:
    """The process id of a process's parent, from its folder in /proc."""
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def wait_for(ask: Callable[[], T], seconds: float = 60) -> T:
    """Ask until the answer is true, and return it; raises TimeoutError with the last answer."""
    deadline, pause = time.monotonic() + seconds, 0.02
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds} s it is still {answer!r}")
        time.sleep(pause)
        pause = min(1.5 * pause, 0.4)
    return answer


def _run(verb: str, home: Path, schedds: int) -> str:
    """Run the script; returns what it said if it failed."""
    environment = {key: value for key, value in os.environ.items() if key not in ("CONDOR_CONFIG", "PORT")}
    environment |= {"POOL": str(home), "SCHEDDS": str(schedds)}
    # a file, not a pipe: the daemons would inherit it and keep it open
    with tempfile.TemporaryFile("w+") as said:
        try:
            done = subprocess.run(
                [str(SCRIPT), verb], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment,
                timeout=_START_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as failure:
            return str(failure)
        said.seek(0)
        return said.read().strip() if done.returncode else ""


def _open_folder(parent: Path, mode: int = 0o777) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="prodcli-", dir=parent))
    folder.chmod(mode)
    return folder


def _last_lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines()[-15:]
