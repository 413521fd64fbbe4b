"""Counted rows of the books as the status table, with totals."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from prodcli.books.rollup import Totals
from prodcli.states import Status, Substatus

# The columns of the status table, in order; `started` is only written by old workers and counts as running.
# Waiting jobs are submitted ones that their schedd has yet to make; stalled ones run without a sign of life; parked ones are
# held, but in no queue any more.
COLUMNS = (
    "submitting",
    "waiting",
    "submitted",
    "running",
    "stalled",
    "held",
    "parked",
    "evicted",
    "failed",
    "finished",
)
GROUPS = {
    "run": "runnumber",
    "segment": "segment",
    "rule": "rulename",
    "cluster": "clusterid",
    "node": "execution_node",
}  # the columns of `by`; a line by status needs none


_WORDS = {
    Status.FINISHED: "done",
    Status.RUNNING: "run",
    Status.STARTED: "run",
    Status.SUBMITTED: "idle",
    Status.EVICTED: "idle",
    Status.HELD: "held",
    Status.FAILED: "fail",
}
_ALWAYS = ("done", "run", "idle", "held", "fail")  # others only if there are such jobs


@dataclass
class Line:
    """One line of the status table: jobs by status for a group of outputs."""

    tag: str
    dsttype: str
    dataset: str
    key: str | int | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    unknown: int = 0  # rows of other tools without a status, or with one of their own
    leaves: set[str] = field(default_factory=set)  # the dsttypes of hosts that are folded into the line

    @property
    def dsttypes(self) -> list[str]:
        """The dsttypes of the rows in the books: those of hosts, or its own."""
        return sorted(self.leaves) or [self.dsttype]

    @property
    def jobs(self) -> int:
        """The number of rows in the books: of submitted jobs, whatever became of them."""
        return sum(self.counts.values()) + self.unknown

    @property
    def done(self) -> float | None:
        """Finished of submitted jobs, in percent."""
        return 100.0 * self.counts["finished"] / self.jobs if self.jobs else None

    @property
    def failure(self) -> float | None:
        """Failed of ended jobs, in percent; None if no job has ended."""
        ended = self.counts["failed"] + self.counts["finished"]
        return 100.0 * self.counts["failed"] / ended if ended else None

    def add(self, status: str | None, count: int) -> None:
        """Add counted rows to the line."""
        column = Status.RUNNING if status == Status.STARTED else status
        if column in self.counts:
            self.counts[column] += count
        else:
            self.unknown += count


class StateCount(NamedTuple):
    """How many jobs of a tag, dsttype and dataset are in a state; `key` is what lines are told apart by beside these."""

    tag: str
    dsttype: str
    dataset: str
    key: object
    status: str | None
    jobs: int


def lines(rows: Iterable[StateCount], name: Callable[[str], str] = str) -> list[Line]:
    """Lines from (tag, dsttype, dataset, key, status, count), sorted by name.

    `name` gives the name under which dsttypes are folded.
    """
    found: dict[tuple[str, str, str, str], Line] = {}
    for tag, dsttype, dataset, key, status, count in rows:
        known = key if isinstance(key, int) else str(key or "") or None
        family = name(dsttype)
        line = found.setdefault((tag, family, dataset, str(known)), Line(tag, family, dataset, known))
        line.add(status, count)
        if family != dsttype:
            line.leaves.add(dsttype)
    return sorted(found.values(), key=_order)


def _order(line: Line) -> tuple[int, str, str, str, str]:
    return line.key if isinstance(line.key, int) else 0, str(line.key or ""), line.tag, line.dsttype, line.dataset


def total(table: Iterable[Line]) -> Line:
    """The sum of lines."""
    summed = Line("", "", "")
    for line in table:
        for status, count in line.counts.items():
            summed.counts[status] += count
        summed.unknown += line.unknown
    return summed


def totals_in_words(now: Totals, before: Totals) -> str:
    """Totals with their changes: `done 345 (+3)  run 59  idle 56 (-22)  held 142  fail 81`."""
    after, earlier = _by_word(now), _by_word(before)
    words = [*_ALWAYS, *sorted((after.keys() | earlier.keys()) - set(_ALWAYS))]
    return "  ".join(f"{word} {after.get(word, 0)}{_change(after, earlier, word)}" for word in words)


def trouble_in_words(now: Totals, before: Totals) -> str:
    """`! 5 more held, 2 more failed -> prodcli rescue`; empty without new trouble."""
    after, earlier = _by_word(now), _by_word(before)
    words = {Status.HELD: _WORDS[Status.HELD], Status.FAILED: _WORDS[Status.FAILED]}
    more = {state: after.get(word, 0) - earlier.get(word, 0) for state, word in words.items()}
    said = [f"{count} more {state}" for state, count in more.items() if count > 0]
    return f"! {', '.join(said)} -> prodcli rescue" if said else ""


def _by_word(totals: Totals) -> dict[str, int]:
    found: dict[str, int] = {}
    for (status, substatus), count in totals.items():
        refined = substatus in (Substatus.WAITING, Substatus.STALLED, Substatus.PARKED)
        word = substatus if refined else _WORDS.get(status, status or "no state")  # type: ignore[call-overload]
        found[word] = found.get(word, 0) + count
    return found


def _change(after: Mapping[str, int], earlier: Mapping[str, int], word: str) -> str:
    change = after.get(word, 0) - earlier.get(word, 0)
    return f" ({change:+d})" if change else ""
