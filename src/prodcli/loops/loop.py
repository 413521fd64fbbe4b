"""A loop: passes as child processes one after the other, with pauses, until somebody stops it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from prodcli.automation.loops_of_books import AskedOrder, BookedLoop, LoopNow, Order, brief
from prodcli.automation.rule_result import RulePass
from prodcli.books.claimant import myself
from prodcli.errors import PartlyDone, Terminated, one_line
from prodcli.loops.loop_view import LoopView, OtherLoop
from prodcli.loops.pass_lines import Told, Word, heard
from prodcli.loops.pass_process import PassProcess
from prodcli.time_text import short_ago

if TYPE_CHECKING:
    from prodcli.loops.heartbeat import Heartbeat

log = logging.getLogger(__name__)
PAUSE = 1200  # seconds
_PATIENCE = 70.0  # seconds that a pass gets after SIGTERM; jobs that a schedd has been given are booked within a minute
_AT_ONCE = 3.0  # the same when a person wants the end at once
_ALARMS = 10  # lines that are kept of a pass


class Ask(Enum):
    """What the terminal asks: Ctrl-C, SIGTERM, and keys."""

    INTERRUPT = "Ctrl-C"
    TERMINATE = "SIGTERM"
    RESUME = "r"
    MORE = "+"


class Action(Enum):
    """What a loop does when the queues are above the watermark."""

    CYCLE = "cycle"  # wait for the next pass
    EXIT = "exit"  # end


@dataclass(frozen=True)
class LoopPlan:
    """What a loop is about: the command of a pass, the seconds between passes, and when it ends by itself."""

    name: str
    command: Sequence[str]
    delay: float
    once: bool = False
    above: Action = Action.CYCLE


@dataclass
class Loop:
    """A loop at work.

    `wait` waits for output of the pass or for so many seconds, and returns what the terminal asks. `show` gets each view.
    """

    plan: LoopPlan
    heartbeat: Heartbeat
    wait: Callable[[PassProcess | None, float], Iterable[Ask]]
    show: Callable[[LoopView], None]
    view: LoopView = field(init=False)
    code: int = 0
    _pass: PassProcess | None = None
    _due: float = 0.0  # when the next pass begins
    _paused: float = 0.0  # until when
    _pauser: str = ""
    _stopping: str = ""
    _kill: float | None = None  # when a pass that was asked to end is killed
    _asked: bool = False  # the pass was asked to end
    _heard: set[str] = field(default_factory=set)  # the rules whose results the pass has told
    _faults: list[str] = field(default_factory=list)
    _alarms: list[str] = field(default_factory=list)
    _last_words: str = ""

    def __post_init__(self) -> None:
        self.view = LoopView(self.plan.name, "starting", since=int(time.time()))

    def run(self) -> int:
        """Run until the end; returns the exit code."""
        self.heartbeat.start(self._now())
        try:
            while not self._step(time.time()):
                for ask in self.wait(self._pass, self._patience(time.time())):
                    self._answer(ask, time.time())
        finally:
            if self._pass is not None:
                self._pass.kill()
                self._pass.close()
            self._become("ended", why=self._stopping)
            self.heartbeat.close(self._stopping or "ended")
        return self.code

    def _step(self, now: float) -> bool:
        """Do what is due; returns True at the end."""
        for order in self.heartbeat.asked():
            self._obey(order, now)
        if self._pass is not None:
            self._follow(self._pass, now)
        if self._pass is None and self._stopping:
            return True
        if self._pass is None and now >= max(self._due, self._paused):
            self._begin(now)
        self._tell(now)
        return False

    def _patience(self, now: float) -> float:
        """How long to wait for anything to happen."""
        if self._kill is not None:
            return max(0.05, self._kill - now)
        return 1.0 if self._pass is not None else min(1.0, max(0.05, max(self._due, self._paused) - now))

    def _begin(self, now: float) -> None:
        self._pass = PassProcess(self.plan.command)
        self._faults, self._alarms, self._heard = [], [], set()
        self._last_words, self._paused, self._asked = "", 0.0, False
        self.view = replace(self.view, doing="", since=int(now))

    def _follow(self, child: PassProcess, now: float) -> None:
        """Hear what the pass tells, and whether it has ended."""
        for line in child.lines():
            self._hear(line, now)
        code = child.ended()
        if code is not None and not child.open:
            child.close()
            self._pass, self._kill = None, None
            self._judge(code, now)
        elif self._kill is not None and now >= self._kill:
            child.kill()

    def _hear(self, line: str, now: float) -> None:
        said = heard(line)
        if isinstance(said, RulePass):
            self._heard.add(said.rule)
            self.view = replace(self.view, results={**self.view.results, said.rule: said})
        elif isinstance(said, Word):
            self._note(said, now)
        elif line.strip():
            self._last_words = one_line(line).removeprefix("prodcli: ")
            log.info("pass: %s", self._last_words)

    def _note(self, said: Word, now: float) -> None:
        if said.told is Told.DOING:
            self.view = replace(self.view, doing=said.text, since=int(now))
        elif said.told is Told.QUEUE:
            self.view = replace(self.view, queue=said.text)
        elif said.told is Told.FAULT:
            self._faults.append(said.text)
            self.view = replace(self.view, faults=tuple(dict.fromkeys((*self.view.faults, said.text))))
        elif said.told is Told.ALARM:
            self._alarms = [*self._alarms, said.text][-_ALARMS:]
        elif self.plan.above is Action.EXIT:
            self._stop(said.text)

    def _judge(self, code: int, now: float) -> None:
        """Take over what the pass has told; a pass that failed says why until one succeeds."""
        if self._asked and code == Terminated.exit_code:
            self._due, self.view = now, replace(self.view, doing="")
            return
        self._due = now + self.plan.delay
        words = f"the pass failed ({_how(code)})" + (f": {self._last_words}" if self._last_words else "")
        results = {name: one for name, one in self.view.results.items() if code or name in self._heard}
        faults = tuple(dict.fromkeys([*self._faults, *([words] if code else [])]))
        self.view = replace(self.view, results=results, faults=faults, alarms=tuple(self._alarms), doing="")
        if self.plan.once and not self._stopping:
            trouble = PartlyDone.exit_code if any(one.error for one in self.view.results.values()) else 0
            self._stopping, self.code = "done", (code if code >= 0 else 1) or trouble

    def _answer(self, ask: Ask, now: float) -> None:
        """Do what the terminal asks."""
        if ask is Ask.TERMINATE:
            self._end_pass(now, at_once=self._stopping == ask.value)
            self._stop(ask.value, Terminated.exit_code)
        elif ask is Ask.RESUME:
            self._resume()
        elif ask is Ask.MORE and self._paused:
            self._paused += PAUSE
        elif ask is Ask.INTERRUPT and self._stopping:
            self._end_pass(now, at_once=True)
        elif ask is Ask.INTERRUPT and self._paused > now:
            self._stop(ask.value, 130)
        elif ask is Ask.INTERRUPT:
            self._pause(now + PAUSE, ask.value)

    def _obey(self, order: AskedOrder, now: float) -> None:
        """Do what somebody asks through the books."""
        if order.wanted is Order.PAUSE:
            self._pause(now + order.seconds, f"by {order.author}")
        elif order.wanted is Order.RESUME:
            self._resume()
        else:
            self._stop(f"stopped by {order.author}")

    def _pause(self, until: float, why: str) -> None:
        """Begin no further step until a time."""
        self._paused, self._pauser = until, why
        self._ask_to_end()

    def _resume(self) -> None:
        """Begin the next pass now."""
        if self._paused:
            self._paused = self._due = 0.0

    def _stop(self, why: str, code: int = 0) -> None:
        """End after the present step."""
        self._stopping, self.code = why, code
        self._ask_to_end()

    def _ask_to_end(self) -> None:
        """Let the pass that runs end after its present step."""
        if self._pass is not None:
            self._asked = True
            self._pass.end()

    def _end_pass(self, now: float, at_once: bool) -> None:
        """End the pass that runs without waiting for its step."""
        if self._pass is not None:
            self._asked = True
            self._pass.terminate()
            self._kill = now + (_AT_ONCE if at_once else _PATIENCE)

    def _tell(self, now: float) -> None:
        """Show the present state, and tell it to the books."""
        if self._stopping:
            self._become("stopping", why=self._stopping)
        elif self._paused > now and self._pass is None:
            self._become("paused", until=int(self._paused), why=self._pauser)
        elif self._pass is not None:
            self._become("pausing" if self._paused > now else "running")
        else:
            self._become("waiting", until=int(self._due))
        self.heartbeat.tell(self._now())

    def _become(self, state: str, until: int | None = None, why: str = "") -> None:
        trouble = [self.heartbeat.trouble] if self.heartbeat.trouble else []
        faults = [fault for fault in self.view.faults if not fault.startswith("no sign of life")]
        self.view = replace(
            self.view,
            state=state,
            until=until,
            why=why,
            faults=(*faults, *trouble),
            others=self._others(int(time.time())),
            announced=self.heartbeat.announced,
        )
        self.show(self.view)

    def _others(self, now: int) -> list[OtherLoop]:
        me = myself()
        return [
            OtherLoop(one.silence, True)
            if one.silent(me)
            else OtherLoop(f"{one.place}: {_state(one)}, heard {short_ago(one.heartbeat, now)}", False)
            for one in self.heartbeat.others
        ]

    def _now(self) -> LoopNow:
        rules = [brief(one) for one in self.view.results.values()]
        return LoopNow(
            self.view.state, self.view.doing, self.view.until, rules, "; ".join(self.view.faults), self.view.queue
        )


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _state(one: BookedLoop) -> str:
    return f"{one.now.state}, {one.now.doing}" if one.now.doing else one.now.state
