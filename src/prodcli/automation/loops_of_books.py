"""Loops and cron passes in the books, so that every host sees them, and can ask them to pause, resume or stop."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from prodcli.books.claimant import Claimant, account, myself
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.automation.rule_result import RulePass
    from prodcli.db import Database, Transaction

SILENT_AFTER = 120  # seconds without a sign of life of a loop, which gives one every few seconds
_CRON = 7200  # seconds until a second cron pass is due of which only the first is known


class Kind(StrEnum):
    """A process of its own in a terminal, or passes that cron starts."""

    LOOP = "loop"
    CONTROL = "control"


class Order(StrEnum):
    """What people may ask of a loop."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True)
class LoopNow:
    """What a loop does: state, rule and step or the next moment (`until`, seconds since 1970), results, and trouble."""

    state: str
    doing: str = ""
    until: int | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    trouble: str = ""
    queue: str = ""


@dataclass(frozen=True)
class AskedOrder:
    """An order for a loop: for how many seconds, and who asks."""

    wanted: Order
    seconds: int
    author: str


@dataclass(frozen=True)
class BookedLoop:
    """A loop that has not ended, as the books have it; `unheard` is in seconds, other times in seconds since 1970."""

    id: str
    kind: Kind
    file: str
    account: str
    process: Claimant
    started: int
    heartbeat: int
    unheard: int
    silent_after: int
    now: LoopNow
    wanted: str = ""

    def silent(self, me: Claimant) -> bool:
        """True for a loop that is gone, or that gave no sign of life for too long; between cron passes no process runs."""
        if self.unheard > self.silent_after:
            return True
        gone = self.process != me and not self.process.liveness(me, self.silent_after - self.unheard).alive
        return gone and self.kind is Kind.LOOP

    @property
    def place(self) -> str:
        """`loop 3f9a01 of autopilot.yaml on sphnxprod02`: short enough for a pane of 80 columns; the id tells files of one name apart."""
        return f"{self.kind} {self.id} of {self.file.rpartition('/')[2]} on {self.process.host_name}"

    @property
    def silence(self) -> str:
        """A line about a loop that has gone silent, the same as long as it is."""
        return f"{self.place} is silent: last heard {clock_time(self.heartbeat)}"

    def answers_to(self, word: str) -> bool:
        """True if a word means this loop: its id, host, file, or the name of its file."""
        return word in (self.id, self.process.host_name, self.file, self.file.rpartition("/")[2])


@dataclass(frozen=True)
class LoopBooks:
    """The row of one loop in the books."""

    database: Database
    file: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:6])

    def begin(self) -> None:
        """Write the loop; what is known of loops of this file on this host that are gone is closed."""
        me = myself()

        def work(tx: Transaction) -> None:
            gone = [one.id for one in _loops(tx) if self._was_mine(one, me) and one.silent(me)]
            tx.run("end_loops", ids=gone, state="replaced")
            tx.run("forget_loops")
            tx.run("begin_loop", **_about(self.id, Kind.LOOP, self.file, SILENT_AFTER))

        self.database.write(work)

    def _was_mine(self, one: BookedLoop, me: Claimant) -> bool:
        return one.kind is Kind.LOOP and one.file == self.file and one.process.host_name == me.host_name

    def beat(self, now: LoopNow) -> AskedOrder | None:
        """Give a sign of life; returns what people ask."""

        def work(tx: Transaction) -> AskedOrder | None:
            values = asdict(now) | {"rules": json.dumps(list(now.rules))}
            tx.run("beat_loop", id=self.id, **values)
            asked = next(tx.rows_as(_asked, "loop_orders", id=self.id), None)
            if asked is not None:
                tx.run("take_loop_orders", id=self.id)
            return asked

        return self.database.write(work)

    def end(self, how: str) -> None:
        """Note that the loop has ended."""
        self.database.write(lambda tx: tx.run("end_loops", ids=[self.id], state=how))


def brief(result: RulePass) -> dict[str, Any]:
    """What the books keep of the last result of a rule."""
    return {name: getattr(result, name) for name in ("rule", "error", "submitted", "started")}


def _asked(wanted: str, seconds: int, author: str) -> AskedOrder:
    return AskedOrder(Order(wanted), seconds, author)


def _about(id_: str, kind: Kind, file: str, silent_after: int) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "file": file,
        "account": account(),
        "silent_after": silent_after,
        **asdict(myself()),
    }


def loops(database: Database) -> list[BookedLoop]:
    """The loops and cron passes of all hosts that have not ended."""
    return database.read(_loops)


def _loops(tx: Transaction) -> list[BookedLoop]:
    return list(tx.rows_as(_loop, "loops"))


def _loop(
    kind: str,
    host: str,
    pid: int,
    boot_id: str,
    process_start: str,
    state: str,
    doing: str,
    until: int | None,
    **rest: Any,
) -> BookedLoop:
    process = Claimant(host, pid, boot_id, process_start)
    trouble, queue = rest.pop("trouble"), rest.pop("queue")
    now = LoopNow(state, doing, until, json.loads(rest.pop("rules")), trouble, queue)
    return BookedLoop(kind=Kind(kind), process=process, now=now, **rest)


def silent_loops(database: Database) -> list[BookedLoop]:
    """The loops and cron passes that have gone silent, on any host."""
    me = myself()
    return [one for one in loops(database) if one.silent(me)]


def order(database: Database, ids: Iterable[str], wanted: Order, seconds: int, author: str) -> None:
    """Ask something of loops, which read it within seconds."""
    values = {"wanted": wanted, "seconds": seconds, "author": author}
    database.write(lambda tx: tx.run("order_loops", ids=list(ids), **values))


def forget(database: Database, ids: Iterable[str]) -> None:
    """Close what is known of loops that are gone."""
    database.write(lambda tx: tx.run("end_loops", ids=list(ids), state="gone"))


def control_begins(database: Database, file: str) -> None:
    """Note that cron has started a pass of a file on this host."""
    about = _about(uuid.uuid4().hex[:6], Kind.CONTROL, file, _CRON)
    process = {key: about[key] for key in ("pid", "boot_id", "process_start", "host", "account", "file")}

    def work(tx: Transaction) -> None:
        if not tx.run("beat_control", **process):
            tx.run("begin_loop", **about)

    database.write(work)


def control_ends(database: Database, file: str, rules: Sequence[Mapping[str, Any]], trouble: str) -> None:
    """Note that the pass has ended, and how."""
    about = {"file": file, "host": myself().host, "account": account()}
    values = {**about, "rules": json.dumps(list(rules)), "trouble": trouble}
    database.write(lambda tx: tx.run("idle_control", **values))
