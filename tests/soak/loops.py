"""Loops and cron passes as processes of one host or another, with what they say in files."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import prodcli
from tests.support.workspace import Answer, Workspace

_PATH = os.pathsep.join([str(Path(__file__).with_name("hosts")), str(Path(prodcli.__file__).parents[1])])
_SILENT = re.compile(r"(?:loop|control) ([0-9a-f]{6}) of \S+ on \S+ is silent")


def start(workspace: Workspace, host: str, out: Path, *words: object) -> subprocess.Popen[bytes]:
    """Start a command as on a host, in a session of its own, as cron and tmux do."""
    environment = {**os.environ, "PYTHONPATH": _PATH, "SOAK_HOST": host}
    command = [sys.executable, "-m", "prodcli", "-q", "--site", str(workspace.file), *map(str, words)]
    with out.open("ab") as said:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=workspace.folder, env=environment,
            start_new_session=True,
        )  # fmt: skip


def answer(workspace: Workspace, host: str, *words: object) -> Answer:
    """What a command answers on a host."""
    environment = {**os.environ, "PYTHONPATH": _PATH, "SOAK_HOST": host}
    command = [sys.executable, "-m", "prodcli", "-q", "--site", str(workspace.file), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=100)
    return Answer(done.returncode, done.stdout, done.stderr)


def silent_in(text: str) -> set[str]:
    """The loops that a text says are silent."""
    return set(_SILENT.findall(text))


@dataclass
class SoakedLoop:
    """A loop that is started again whenever it has ended."""

    workspace: Workspace
    name: str
    host: str
    words: tuple[object, ...]
    lives: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """What it has said in all its lives."""
        return self.workspace.folder / "said" / f"{self.name}.txt"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Its present process, or the last one."""
        return self.lives[-1]

    @property
    def runs(self) -> bool:
        """True while its process is there."""
        return bool(self.lives) and self.process.poll() is None

    def start(self) -> None:
        """Start it."""
        self.lives.append(start(self.workspace, self.host, self.out, "loop", "run", *self.words))

    def id(self) -> str:
        """Its name in the books; empty until it stands there."""
        statement = (
            "SELECT id FROM production_loops WHERE kind = 'loop' AND pid = ? AND host LIKE ? ORDER BY started DESC"
        )
        rows = self.workspace.sql(statement, self.process.pid, f"{self.host}%")
        return str(rows[0][0]) if rows else ""

    def passes(self) -> list[int]:
        """The processes of its passes that run now."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.glob("*/children") for pid in task.read_text().split()]


@dataclass
class Cron:
    """Passes of one crontab line, each started whether the one before has ended or not."""

    workspace: Workspace
    host: str
    words: tuple[object, ...]
    passes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """What all passes have said."""
        return self.workspace.folder / "said" / "cron.txt"

    def start(self) -> None:
        """Start a pass."""
        self.passes.append(start(self.workspace, self.host, self.out, "control", *self.words))

    def kill(self) -> bool:
        """Kill the passes that run; False if none does."""
        running = [one for one in self.passes if one.poll() is None]
        for one in running:
            one.send_signal(signal.SIGKILL)
        return bool(running)

    def codes(self) -> dict[int, int]:
        """How many passes ended with each exit code."""
        ended = [one.wait(300) for one in self.passes]
        return {code: ended.count(code) for code in sorted(set(ended))}
