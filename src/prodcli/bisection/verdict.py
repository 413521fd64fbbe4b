"""What a bisection says, in words.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from math import exp, log

from prodcli.bisection.changes import Bisection, Change, Value
from prodcli.bisection.origins import COMMIT, RULE
from prodcli.diagnosis.chance import Counts
from prodcli.errors import one_line

Clock = Callable[[int], str]  # seconds since 1970 as people read them
_EXACT = 100_000  # odds that are written out
_DIGITS, _LONGEST = 12, 60  # digits of a commit, letters of a value
TIME = "time"
_RECORDED = (COMMIT, RULE, "payload", "kit", "build", "dbtag")  # of which records tell what else differs
UNORDERED = ("node", "mask", "system")  # of whose values several are in use at a time


def verdict(found: Bisection, clock: Clock) -> str:
    """What changed first, or that nothing did, in a sentence."""
    if not found.ended.failed:
        return "no failure is left to look at"
    if not found.ended.passed:
        return f"nothing to compare with: none of {found.ended.total} attempts finished"
    if not found.varied:
        return "nothing changed: all attempts are alike in what the books know"
    if not found.suspects:
        return f"nothing that changed goes with it; several values of {', '.join(found.varied)}"
    told = [_told(one, clock) for one in found.suspects]
    if len(told) == 1:
        return f"{told[0]}; was a service down?" if found.suspects[0].what == TIME else told[0]
    return f"{len(told)} things changed together, and nothing tells them apart: {'; '.join(told)}"


def _told(one: Change, clock: Clock) -> str:
    """`commit macros 1a2b -> 3c4d on 2026-11-20 14:02: 0 of 120 failed before, 31 of 33 since`."""
    if one.what == TIME:
        there, elsewhere = share(one.within), share(one.outside)
        return f"time {step(one, clock)}: {there} failed then, {elsewhere} at other times"
    follows = one.what not in UNORDERED and not isinstance(one.span[0], int)  # one value after the other
    when = f" on {clock(one.since)}" if follows else ""
    outside, within = ("before", "since") if follows and one.then is None else ("with other values", "with it")
    words = f"{one.what} {step(one, clock)}{when}: {share(one.outside)} failed {outside}, {share(one.within)} {within}"
    return f"{words}, until {_shown(one.then)}" if follows and one.then is not None else words


def step(one: Change, clock: Clock) -> str:
    """`a -> b`, of numbers the span: `66500-66540`."""
    follows = one.what not in UNORDERED and not isinstance(one.span[0], int)
    return f"{_shown(one.was)} -> {_shown(one.span[0])}" if follows and one.was is not None else became(one, clock)


def became(one: Change, clock: Clock) -> str:
    """The first value of the span, of numbers and of values without order the whole span."""
    ends = list(dict.fromkeys([one.span[0], one.span[-1]]))
    if one.what == TIME:
        return " to ".join(clock(int(end)) for end in ends) if len(ends) > 1 else f"about {clock(int(ends[0]))}"
    if one.what in UNORDERED:
        return ", ".join(map(_shown, one.span))
    return "-".join(map(str, ends)) if isinstance(ends[0], int) else _shown(ends[0])


def _shown(value: Value) -> str:
    """A value in a sentence: on one line, and cut if it is long."""
    text = one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def share(counts: Counts) -> str:
    """`31 of 33`."""
    return f"{counts.failed} of {counts.total}"


def odds(chance: float) -> str:
    """`1 in 3400`, `1 in 10^12`: how likely chance alone looks like this, from the logarithm of the probability."""
    if chance > -log(_EXACT):
        return f"1 in {round(exp(-chance))}"
    return f"1 in 10^{int(-chance / log(10))}"


def command_of(one: Change, folders: Mapping[str, str]) -> str:
    """The command that shows what changed: by git, or by the records of two jobs; empty if neither knows.

    `folders` are those of repositories, by name.
    """
    folder = folders.get(one.what.removeprefix(COMMIT)) if one.what.startswith(COMMIT) else None
    old, new = _commit(one.was), _commit(one.span[0])
    if folder and old and new and old != new:
        return shlex.join(["git", "-C", folder, "log", "--stat", f"{old}..{new}"])
    if one.examples and one.what.startswith(_RECORDED):
        return shlex.join(["prodcli", "provenance", "diff", *map(str, one.examples)])
    return ""


def _commit(value: Value | None) -> str:
    """The commit that a value begins with; empty if there is none."""
    word = str(value or "").partition(" ")[0]
    return word if len(word) == _DIGITS and all(digit in "0123456789abcdef" for digit in word) else ""
