"""What changed when failures of one kind began: every property of attempts, its values in order, and the best span of each.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from prodcli.bisection.spans import gathered
from prodcli.diagnosis.chance import Counts, gain, log_chance, log_likelihood

Value = str | int  # numbers are in their own order, words in the order in which they were first seen
Line = Mapping[Value, tuple[int, Counts]]  # of each value when it was first seen, and how its attempts ended
_SURE = 1e-3  # the most chance that a change is told with
_APART = 20  # one change has to be so much likelier than another


@dataclass(frozen=True, slots=True)
class Alike:
    """Attempts with the same values of all properties (what is not known of them is left out), and how they ended.

    `first` is when the first of them was submitted, in seconds since 1970, `example` the row of a job that has a record.
    """

    values: Mapping[str, Value]
    first: int
    ended: Counts
    example: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A span of values of a property in which failures gather.

    `was` is the value before the first one of the span, `then` the one after its last: None where there is none. `since` is
    when the first attempt of the span was submitted, of circumstances when the first ended. `chance` is the logarithm of the
    probability of such a span by chance alone, corrected for all spans of the property, and for the number of properties.
    `examples` are a job with the value before the span, and one with the first of the span, if both have records.
    """

    what: str
    span: tuple[Value, ...]
    was: Value | None
    then: Value | None
    since: int
    before: Counts
    within: Counts
    after: Counts
    chance: float
    gain: float
    examples: tuple[int, ...] = ()

    @property
    def outside(self) -> Counts:
        """Attempts with other values."""
        return self.before.plus(self.after)

    def holds(self, value: Value) -> bool:
        """True for a value of the span."""
        return value in self.span


@dataclass(frozen=True, slots=True)
class Bisection:
    """The changes that go with failures, the most likely first; how many of them cannot be told apart from the first.

    `varied` are the properties that had several values at all, `ended` all attempts that were looked at.
    """

    changes: tuple[Change, ...]
    together: int
    varied: tuple[str, ...]
    ended: Counts

    @property
    def suspects(self) -> tuple[Change, ...]:
        """The first change, and those that the books cannot tell apart from it, the oldest first."""
        return tuple(sorted(self.changes[: self.together], key=lambda one: one.since))


def bisect(attempts: Sequence[Alike], circumstances: Mapping[str, Line] | None = None) -> Bisection:
    """The changes that go with failures, if any.

    `circumstances` are the runs, nodes and times of the same attempts. They vary whatever anybody does, so they are suspects
    only where nothing else describes the failures as well.
    """
    around = circumstances or {}
    lines = {name: line for name, line in (_lines(attempts) | dict(around)).items() if len(line) > 1}
    found = [change for name, line in lines.items() for change in _change(name, line, len(lines))]
    sure = sorted((one for one in found if one.chance < log(_SURE)), key=lambda one: (-one.gain, one.since, one.what))
    alike = [one for one in sure if one is sure[0] or not _likelier(sure[0], one, attempts)]
    suspects = [one for one in alike if one.what not in around] or alike
    rest = [one for one in sure if one not in suspects]
    told = (replace(one, examples=_examples(one, attempts)) for one in (*suspects, *rest))
    return Bisection(tuple(told), len(suspects), tuple(lines), _sum([one.ended for one in attempts]))


def _lines(attempts: Sequence[Alike]) -> dict[str, Line]:
    """The values of each property that are known, with when they were first seen and how their attempts ended."""
    found: dict[str, dict[Value, tuple[int, Counts]]] = {}
    for one in attempts:
        for name, value in one.values.items():
            line = found.setdefault(name, {})
            first, ended = line.get(value, (one.first, Counts()))
            line[value] = (min(first, one.first), ended.plus(one.ended))
    return dict(found)


def _in_order(line: Line) -> list[Value]:
    """The values of a line: numbers by themselves, words by when they were first seen."""
    return sorted(line, key=lambda value: (value if isinstance(value, int) else line[value][0], str(value)))


def _change(name: str, line: Line, properties: int) -> Iterator[Change]:
    """The span of a property in which failures gather, if there is one; `properties` are looked at in all."""
    values = _in_order(line)
    counts = [line[value][1] for value in values]
    start, end = gathered(counts)
    if start == end:
        return
    before, within, after = _sum(counts[:start]), _sum(counts[start:end]), _sum(counts[end:])
    outside = before.plus(after)
    compared = properties * len(values) * (len(values) + 1) // 2
    yield Change(
        what=name,
        span=tuple(values[start:end]),
        was=values[start - 1] if start else None,
        then=values[end] if end < len(values) else None,
        since=min(line[value][0] for value in values[start:end]),
        before=before,
        within=within,
        after=after,
        chance=min(0.0, log_chance(within, outside) + log(compared)),
        gain=gain(within, outside),
    )


def _likelier(best: Change, other: Change, attempts: Sequence[Alike]) -> bool:
    """True if the best change describes the attempts of which both values are known much better than another one."""
    cells: dict[tuple[bool, bool], Counts] = {}
    for one in attempts:
        mine, its = one.values.get(best.what), one.values.get(other.what)
        if mine is not None and its is not None:
            cell = (best.holds(mine), other.holds(its))
            cells[cell] = cells.get(cell, Counts()).plus(one.ended)
    if not cells:  # one is a circumstance: it is known of all attempts
        return best.gain - other.gain > log(_APART)
    sides = [
        [_sum([ended for cell, ended in cells.items() if cell[which] is inside]) for inside in (True, False)]
        for which in (0, 1)
    ]
    return log_likelihood(*sides[0]) - log_likelihood(*sides[1]) > log(_APART)


def _examples(change: Change, attempts: Sequence[Alike]) -> tuple[int, ...]:
    """A job with the value before a span, and one with the first value of the span; empty if one has no record."""
    found = [
        next((one.example for one in attempts if one.example and one.values.get(change.what) == value), None)
        for value in (change.was, change.span[0])
    ]
    return tuple(one for one in found if one) if None not in found else ()


def _sum(counts: Sequence[Counts]) -> Counts:
    total = Counts()
    for one in counts:
        total = total.plus(one)
    return total
