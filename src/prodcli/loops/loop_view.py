"""What a loop shows: all that a screen or a log of changes needs.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from prodcli.time_text import short_ago, short_length

if TYPE_CHECKING:
    from prodcli.automation.rule_result import RulePass

_HELPS = MappingProxyType(
    {
        "pausing": "Ctrl-C again stops after this step",
        "paused": "r resumes, + adds 20 min, Ctrl-C stops",
        "stopping": "Ctrl-C again stops at once",
    }
)
_NUMBER = re.compile("[0-9]+")
_NARROW = 12  # columns of a rule's name at least


class Line(NamedTuple):
    """A line of a screen, with its style."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class OtherLoop:
    """A loop elsewhere, in words; `silent` if nothing was heard of it for too long."""

    text: str
    silent: bool


@dataclass(frozen=True)
class LoopView:
    """A loop at a moment; times in seconds since 1970.

    `state` is starting, running, waiting, pausing, paused, stopping or ended. `since` is when the present step began, `until` when
    the next pass begins or a pause ends. `faults` stay until they are mended, `alarms` are those of the last pass, `announced` is what people
    announce.
    """

    name: str
    state: str
    doing: str = ""
    since: int = 0
    until: int | None = None
    why: str = ""
    queue: str = ""
    results: Mapping[str, RulePass] = field(default_factory=dict)
    faults: Sequence[str] = ()
    alarms: Sequence[str] = ()
    others: Sequence[OtherLoop] = ()
    announced: Sequence[str] = ()

    def headline(self, now: int, zone: tzinfo = UTC) -> Line:
        """What the loop does now."""
        left = short_length(max(0, (self.until or now) - now))
        if self.state == "paused":
            until = f"{datetime.fromtimestamp(self.until or now, zone):%H:%M %Z}"
            return Line(f"PAUSED until {until}, {left} left{self._why}", "bold yellow")
        if self.state == "waiting":
            return Line(f"next pass in {left}")
        if self.state == "running":
            return Line(f"now: {self.doing or 'starting'}, for {short_length(now - self.since)}", "bold")
        doing = f": {self.doing}" if self.doing else ""
        return Line(f"{self.state}{self._why}{doing}", "bold yellow")

    @property
    def _why(self) -> str:
        return f" ({self.why})" if self.why else ""


def did(result: RulePass) -> str:
    """`8 jobs submitted, 3 files registered`; empty if nothing was done."""
    counts = (
        (result.submitted, "submitted"),
        (result.registered, "registered"),
        (result.finished, "finished"),
        (result.recovered, "recovered"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def screen(view: LoopView, now: int, width: int, height: int, zone: tzinfo = UTC) -> list[Line]:
    """The lines of a screen of this size, the most urgent ones for sure."""
    clock = f"{datetime.fromtimestamp(now, zone):%H:%M:%S %Z}"
    head = [Line(_spread(view.name, clock, width), "bold"), view.headline(now, zone)]
    head += [Line(f"! {text}", "bold yellow") for text in view.announced]
    head += [Line(f"queue: {view.queue}")] if view.queue else []
    head += [Line(text, "bold red") for text in view.faults]
    known = {one.text for one in view.others}
    tail = [Line(text, "yellow") for text in view.alarms if text not in known]
    tail += [Line(one.text, "bold red" if one.silent else "dim") for one in view.others]
    tail += (
        []
        if view.state == "paused"
        else [Line("Ctrl-C pauses; prodcli loop status shows the loops of all hosts", "dim")]
    )
    head, tail = [_cut(line, width) for line in head], [_cut(line, width) for line in tail[: max(1, height // 3)]]
    rules = list(_rules(list(view.results.values()), now, width))
    room = height - len(head) - len(tail) - 1
    if len(rules) > room:
        rules = [*rules[: max(0, room - 1)], Line(f"and {len(rules) - max(0, room - 1)} more lines", "dim")]
    return [*head, *rules, *tail][: height - 1]


def _rules(results: Sequence[RulePass], now: int, width: int) -> Iterator[Line]:
    """A line for each rule, below it its error or what kept it from submitting."""
    if not results:
        return
    longest = max(len(one.rule) for one in results)
    name = max(_NARROW, min(longest, width - 49))
    yield _cut(Line(_row("rule", name, "last", "took", "jobs", "files", "ends", "again"), "dim"), width)
    for one in results:
        counts = [str(count or "-") for count in (one.submitted, one.registered, one.finished, one.recovered)]
        last = short_ago(one.started, now) if one.started else ""
        row = _row(_short(one.rule, name), name, last, short_length(one.seconds), *counts)
        yield _cut(Line(row, "red" if one.error else ""), width)
        if one.error or one.note:
            yield _cut(Line(f"  {one.error or one.note}", "red" if one.error else "dim"), width)


def _row(rule: str, room: int, last: str, took: str, *counts: str) -> str:
    return f"{rule:<{room}} {last:>8} {took:>6} " + " ".join(f"{count:>7}" for count in counts)


def changes(before: LoopView, after: LoopView) -> Iterator[str]:
    """The lines about what is new, for a log or a pipe: an error is repeated only when it changes."""
    for name, result in after.results.items():
        old = before.results.get(name)
        if old is result:
            continue
        if result.error and (old is None or _differ(old.error, result.error)):
            yield f"{name}: {result.error}"
        elif old is not None and old.error and not result.error:
            yield f"{name}: well again"
        if words := did(result):
            yield f"{name}: {words} ({short_length(result.seconds)})"
        if result.note and (old is None or _differ(old.note, result.note)):
            yield f"{name}: {result.note}"
    yield from (f"announced: {text}" for text in after.announced if text not in before.announced)
    yield from (fault for fault in after.faults if fault not in before.faults)
    yield from (f"mended: {fault}" for fault in before.faults if fault not in after.faults)
    yield from (line for line in _alarms(after) if all(_differ(line, known) for known in _alarms(before)))
    if (after.state, after.why) != (before.state, before.why) and after.state in ("paused", "stopping", "ended"):
        yield after.headline(after.since).text
    elif before.state == "paused" and after.state != "stopping" and after.state != "paused":
        yield "resumed"


def _alarms(view: LoopView) -> list[str]:
    """The alarms of the last pass, and loops that are silent, each once."""
    return list(dict.fromkeys([*view.alarms, *(one.text for one in view.others if one.silent)]))


def _differ(one: str, other: str) -> bool:
    """True for texts that say different things, numbers apart."""
    return _NUMBER.sub("", one) != _NUMBER.sub("", other)


def _spread(left: str, right: str, width: int) -> str:
    """Two texts at the ends of a line."""
    return f"{_short(left, max(0, width - len(right) - 2)):<{max(0, width - len(right))}}{right}"


def _cut(line: Line, width: int) -> Line:
    return Line(_short(line.text, width), line.style)


def _short(text: str, width: int) -> str:
    """A text that is cut with dots if it is too long."""
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
