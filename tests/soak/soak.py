"""A soak: a production, loops and a cron line at work, and what disturbs them."""

import heapq
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.soak import edits, loops
from tests.soak.loops import Cron, SoakedLoop
from tests.soak.production import HERE, THERE, Production
from tests.soak.schedule import Disturbance, What
from tests.support.condor_pool import Pool, schedd_process
from tests.support.postgres_server import Cluster

_CRON = 12.0  # seconds between passes of cron
_PATIENCE = 240.0  # seconds until what was disturbed must have been noticed, or have ended
Work = Callable[[], None]


@dataclass
class Soak:
    """Loops `here` and `chain` on one host, `there` and `cron` on the other one; `here` is never killed.

    Work that is due stands in `_due` with its time; `_away` are loops that are being stopped, killed or paused.
    """

    production: Production
    cluster: Cluster
    pool: Pool
    here: SoakedLoop
    chain: SoakedLoop
    there: SoakedLoop
    cron: Cron
    seed: int
    began: float = field(default_factory=time.monotonic)
    books_up: bool = True
    pending: int = 0
    story: list[str] = field(default_factory=list)
    noticed: int = 0  # loops whose silence was
    _due: list[tuple[float, int, Work]] = field(default_factory=list)
    _number: itertools.count = field(default_factory=itertools.count)  # type: ignore[type-arg]
    _away: set[str] = field(default_factory=set)
    _good: dict[Path, str] = field(default_factory=dict)

    @property
    def loops(self) -> tuple[SoakedLoop, ...]:
        """All loops."""
        return self.here, self.chain, self.there

    def start(self, disturbances: Iterable[Disturbance], run_every: float, until: float) -> None:
        """Start loops and cron, and write down what is to come."""
        self._good = {file: file.read_text() for file in (self.production.rules, self.production.steering)}
        for loop in self.loops:
            loop.start()
        for number in range(int(until / run_every) + 1):
            self._later(number * run_every, self._with_books(self.production.add_run))
        for disturbance in disturbances:
            self._later(disturbance.at, self._with_books(partial(self._disturb, disturbance)))
        self._start_cron()

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Do what is due until all is done; raises AssertionError with the story if that takes too long."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, self.told()
            if self._due and self._due[0][0] <= time.monotonic():
                heapq.heappop(self._due)[2]()
            else:
                time.sleep(0.1)

    def told(self) -> str:
        """What happened."""
        return "\n".join(self.story)

    def tell(self, line: str) -> None:
        """Write down what happens."""
        self.story.append(f"{time.monotonic() - self.began:6.1f} s  {line}")

    def _later(self, seconds: float, work: Work) -> None:
        """Do work that belongs to a disturbance after so many seconds."""
        self.pending += 1

        def counted() -> None:
            self.pending -= 1
            work()

        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), counted))

    def _with_books(self, work: Work) -> Work:
        """Work that is put off while the database is away."""

        def ready() -> None:
            if self.books_up:
                work()
            else:
                self._later(0.5, ready)

        return ready

    def _start_cron(self) -> None:
        self.cron.start()
        heapq.heappush(self._due, (time.monotonic() + _CRON, next(self._number), self._start_cron))

    # ---- disturbances

    def _disturb(self, one: Disturbance) -> None:
        loop = (self.chain, self.there)[one.which % 2]
        does: dict[What, Work] = {
            What.KILL_LOOP: partial(self._kill_loop, loop, far=False),
            What.KILL_FAR: partial(self._kill_loop, self.there, far=True),
            What.KILL_PASS: partial(self._kill_pass, self.loops[one.which % 3]),
            What.KILL_CRON: self._kill_cron,
            What.TERMINATE: partial(self._terminate, loop),
            What.STOP: partial(self._stop, loop),
            What.PAUSE: partial(self._pause, loop, one.seconds),
            What.SPOIL_STEERING: partial(self._spoil, self.production.steering, edits.SPOIL_STEERING, one.which),
            What.SPOIL_RULES: partial(self._spoil, self.production.rules, edits.SPOIL_RULES, one.which),
            What.EDIT: partial(self._edit, (*self._good,)[one.which % 2], one.which),
            What.RESTART_BOOKS: partial(self._shut_books, one.seconds, crash=False),
            What.CRASH_BOOKS: partial(self._shut_books, one.seconds, crash=True),
            What.KILL_SCHEDD: partial(self._hit_schedd, one.which, 0.0),
            What.FREEZE_SCHEDD: partial(self._hit_schedd, one.which, one.seconds),
        }
        does[one.what]()

    def _booked(self, loop: SoakedLoop) -> str:
        """The name of a loop in the books; empty if it is away, or has just started."""
        return loop.id() if loop.name not in self._away and loop.runs else ""

    def _kill_loop(self, loop: SoakedLoop, far: bool) -> None:
        """Kill a loop, once it stands in the books, and start it again when others have said that it is silent."""
        name = self._booked(loop)
        if not name:
            self._later(1.0, self._with_books(partial(self._kill_loop, loop, far)))
            return
        self.tell(f"kill -9 {loop.name} {name}")
        loop.process.kill()
        loop.process.wait()
        self._away.add(loop.name)
        by = [self.here.out] if far or loop is self.chain else [self.cron.out]
        self._await(f"{loop.name} {name} is silent", partial(self._silence, loop, name, by))

    def _silence(self, loop: SoakedLoop, name: str, by: list[Path]) -> bool:
        """True if the silence of a loop was noticed; then it starts again."""
        if not all(name in loops.silent_in(out.read_text()) for out in by):
            return False
        status = loops.answer(self.production.workspace, loop.host, "loop", "status", "--format", "json")
        if status.code:  # the database is just away
            return False
        states = {row["id"]: row["state"] for row in status.data}
        assert states[name] == "SILENT", self.told()
        self.noticed += 1
        self._start_again(loop)
        return True

    def _start_again(self, loop: SoakedLoop) -> None:
        self._away.discard(loop.name)
        loop.start()

    def _await(self, what: str, done: Callable[[], bool]) -> None:
        """Ask again and again; raises AssertionError if it does not come."""
        end = time.monotonic() + _PATIENCE

        def ask() -> None:
            if self.books_up and done():
                self.tell(what)
                return
            assert time.monotonic() < end, f"not so: {what}\n{self.told()}"
            self._later(0.5, ask)

        self._later(0.5, ask)

    def _kill_pass(self, loop: SoakedLoop) -> None:
        for pid in loop.passes():
            self.tell(f"kill -9 the pass {pid} of {loop.name}")
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _kill_cron(self) -> None:
        if self.cron.kill():
            self.tell("kill -9 the passes of cron")

    def _terminate(self, loop: SoakedLoop) -> None:
        if self._booked(loop):
            self.tell(f"SIGTERM to {loop.name}")
            loop.process.terminate()
            self._await_end(loop, 143)

    def _stop(self, loop: SoakedLoop) -> None:
        if (name := self._booked(loop)) and self._ordered(loop, "stop", name):
            self.tell(f"loop stop {name} ({loop.name})")
            self._await_end(loop, 0)

    def _await_end(self, loop: SoakedLoop, code: int) -> None:
        """Start a loop again when it has ended with an exit code."""
        self._away.add(loop.name)

        def ended() -> bool:
            if loop.runs:
                return False
            assert loop.process.returncode == code, f"{loop.name}: {loop.process.returncode}\n{self.told()}"
            self._start_again(loop)
            return True

        self._await(f"{loop.name} has ended, and starts again", ended)

    def _pause(self, loop: SoakedLoop, seconds: float) -> None:
        if (name := self._booked(loop)) and self._ordered(loop, "pause", name):
            self.tell(f"loop pause {name} ({loop.name})")
            self._away.add(loop.name)
            self._later(seconds, lambda: self._await(f"{loop.name} goes on", partial(self._resumed, loop, name)))

    def _resumed(self, loop: SoakedLoop, name: str) -> bool:
        done = self._ordered(loop, "resume", name)
        if done:
            self._away.discard(loop.name)
        return done

    def _ordered(self, loop: SoakedLoop, *words: str) -> bool:
        """Ask something of a loop from the other host."""
        host = THERE if loop.host == HERE else HERE
        return loops.answer(self.production.workspace, host, "loop", *words).code == 0

    def _spoil(self, file: Path, ways: tuple[Callable[[str], str], ...], which: int) -> None:
        """Spoil a file, and mend it when the loop that lives has said what is wrong."""
        if file.read_text() != self._good[file]:  # it is spoilt already
            return
        spoil = ways[which % len(ways)]
        said = self.here.out.stat().st_size
        self.tell(f"edit {file.name}: {spoil.__name__}")
        file.write_text(spoil(self._good[file]))

        def seen() -> bool:
            if f"the last good version is in use: {file}" not in self.here.out.read_text()[said:]:
                return False
            file.write_text(self._good[file])
            return True

        self._await(f"{file.name} was seen, and is mended", seen)

    def _edit(self, file: Path, seed: int) -> None:
        if file.read_text() == self._good[file]:
            self.tell(f"edit {file.name} well")
            self._good[file] = edits.retune(self._good[file], seed)
            file.write_text(self._good[file])

    def _shut_books(self, seconds: float, crash: bool) -> None:
        self.tell(f"the database {'crashes' if crash else 'stops'}")
        self.cluster.shut(immediate=crash)
        self.books_up = False
        self._later(seconds, self._open_books)

    def _open_books(self) -> None:
        self.cluster.open_again()
        self.books_up = True
        self.tell("the database is back")

    def _hit_schedd(self, which: int, seconds: float) -> None:
        """Kill a schedd, which its master starts again; or let it hang for so many seconds."""
        name = self.pool.schedds[which % len(self.pool.schedds)]
        with suppress(AssertionError, ProcessLookupError):  # it is just starting again
            pid = schedd_process(self.pool, name)
            os.kill(pid, signal.SIGSTOP if seconds else signal.SIGKILL)
            self.tell(f"schedd {name} {'hangs' if seconds else 'is killed'}")
            if seconds:
                self._later(seconds, partial(self._thaw, pid))

    def _thaw(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
