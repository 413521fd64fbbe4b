"""What is looked at while all soaks: who holds which lock, and how much memory loops take."""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from tests.soak.loops import SoakedLoop
from tests.support.workspace import Workspace

_EVERY = 0.1  # seconds
_FLOCK = re.compile(r"(?m)^\d+: FLOCK +ADVISORY +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) ")
_RSS = re.compile(r"VmRSS:\s+(\d+) kB")


@dataclass(frozen=True, order=True)
class PassOfRule:
    """A pass of a host, file and rule that ended: when it began, in whole seconds, and how long it took."""

    of: tuple[str, str, str]
    started: int
    seconds: float

    @property
    def ended(self) -> float:
        """When it had ended at the earliest."""
        return self.started + self.seconds


@dataclass
class Held:
    """A lock that a process held, from when to when it was seen."""

    lock: str
    pid: int
    first: float
    last: float


@dataclass
class Ledger:
    """A thread that looks at locks and memory until the context ends."""

    workspace: Workspace
    loops: Iterable[SoakedLoop]
    held: list[Held] = field(default_factory=list)
    memory: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Ledger":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        open_: dict[tuple[str, int], Held] = {}
        while not self._over.wait(_EVERY):
            now, names = time.monotonic(), self._locks()
            seen = {(names[file], int(pid)) for pid, file in _FLOCK.findall(_text("/proc/locks")) if file in names}
            open_ = {key: one for key, one in open_.items() if key in seen}
            for key in seen:
                if key not in open_:
                    open_[key] = Held(*key, now, now)
                    self.held.append(open_[key])
                open_[key].last = now
            for loop in self.loops:
                if loop.runs and (found := _RSS.search(_text(f"/proc/{loop.process.pid}/status"))):
                    self.memory[loop.process.pid].append((now, int(found[1])))

    def _locks(self) -> dict[str, str]:
        """The names of the locks of rules by the numbers of their files."""
        folder = self.workspace.folder / "campaigns" / "locks"
        return {str(file.stat().st_ino): file.stem for file in folder.glob("soak*.lock")}


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def held_twice(held: Iterable[Held]) -> list[tuple[Held, Held]]:
    """Pairs of processes that held a lock at the same time."""
    ordered = sorted(held, key=lambda one: (one.lock, one.first))
    return [
        (one, two)
        for one, two in pairwise(ordered)
        if one.lock == two.lock and two.first <= one.last and one.pid != two.pid
    ]


def passes_of(workspace: Workspace) -> list[PassOfRule]:
    """The passes of the history that worked.

    Passes without a tag were turned away by the lock, or could not read the rule.
    """
    rows = workspace.sql(
        "SELECT host, file, rulename, CAST(EXTRACT(EPOCH FROM started) AS bigint), seconds FROM production_passes"
        " WHERE tag <> ''"
    )
    return [PassOfRule((host, file, rule), started, seconds) for host, file, rule, started, seconds in rows]


def overlapping(passes: Iterable[PassOfRule]) -> list[tuple[PassOfRule, PassOfRule]]:
    """Pairs of passes of the same host, file and rule, of which one began while the other was at work.

    The history has whole seconds: a pass began within the second after the one that is written.
    """
    return [(one, two) for one, two in pairwise(sorted(passes)) if one.of == two.of and two.started + 1 < one.ended]


def growth(samples: list[tuple[float, int]]) -> int:
    """By how many kB a process has grown from the second quarter of its life to the last."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    return _median(late) - _median(early)


def _median(samples: list[tuple[float, int]]) -> int:
    return sorted(kb for _, kb in samples)[len(samples) // 2]
