"""Conditions on attributes of jobs, as people type them: `site=BNL`, `exit_code=1,2`, `memory_used=2000..`, `reason~refused`.

`=` takes values with commas between, `!=` rules them out, `~` wants a part of the text. Numbers and times can be spans with
`..` between. An empty value is that of jobs without the attribute; a comma that belongs to a value is written `\\,`.

Pure: data in, data out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prodcli.errors import UsageError
from prodcli.jobs.attributes import ERROR, Attribute, attribute
from prodcli.tables.table import Kind
from prodcli.time_text import parse_age

OPTION = "--where"
_CONDITION = re.compile(r"(\w[\w -]*?)\s*(!=|=|~)(.*)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\),")
_LIKE = re.compile(r"[!%_]")
_SPAN = ".."
_NEVER, _EVER = -9e15, 9e15


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value of a condition: a text (None: one that no job has), a part of a text (for LIKE), or a span of numbers."""

    value: str | None = ""
    part: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute that is to have one of some values, or none of them."""

    attribute: str
    alternatives: tuple[Alternative, ...]
    excluded: bool = False

    def rows(self, number: int) -> list[dict[str, object]]:
        """The alternatives as records of the query."""
        return [
            {
                "number": number,
                "attribute": self.attribute,
                "value": one.value,
                "part": one.part,
                "low": one.low,
                "high": one.high,
            }
            for one in self.alternatives
        ]


def parse_conditions(words: Sequence[str], now: int) -> list[Condition]:
    """Conditions, all of which a job is to meet; `now` in seconds since 1970. Raises UsageError for other text."""
    return [_condition(word, now) for word in words]


def written(key: str, value: str | None) -> str:
    """A value of an attribute as `--where` takes it."""
    return f"{key}={(value or '').replace(',', chr(92) + ',')}"


def _condition(word: str, now: int) -> Condition:
    match = _CONDITION.fullmatch(word)
    if match is None:
        raise UsageError(
            f"{word!r:.60} is no condition", where=OPTION, todo="like site=BNL, exit_code=1,2 or reason~refused"
        )
    about = Attribute(ERROR) if match[1] == ERROR else attribute(match[1], OPTION)
    text = match[3].strip()
    if match[2] == "~":
        part = "%" + _LIKE.sub(r"!\g<0>", text) + "%"
        return Condition(about.key, (Alternative(part=part),))
    values = [piece.replace("\\,", ",").strip() for piece in _COMMA.split(text)]
    alternatives = tuple(_alternative(about, value, now) for value in values)
    return Condition(about.key, alternatives, excluded=match[2] == "!=")


def _alternative(about: Attribute, value: str, now: int) -> Alternative:
    if not about.is_number or not value:
        return Alternative(value.casefold() if about.key == "node" else value)
    low, dots, high = value.partition(_SPAN)
    first = _number(about, low, now) if low else _NEVER
    if not dots:
        return Alternative(low=first, high=first + (86399 if _is_day(about, low) else 0))
    last = _number(about, high, now) + (86399 if _is_day(about, high) else 0) if high else _EVER
    return Alternative(low=first, high=last)


def _is_day(about: Attribute, text: str) -> bool:
    """True for a day, which stands for all of its seconds."""
    return about.kind is Kind.TIME and len(text) == len("2026-01-31")


def _number(about: Attribute, text: str, now: int) -> float:
    """A number; a time in seconds since 1970, a duration in seconds."""
    try:
        if about.kind is Kind.TIME:
            age = parse_age(text)
            return now - age if age is not None else _time(text)
        if about.kind is Kind.DURATION and (age := parse_age(text)) is not None:
            return age
        if not math.isfinite(number := float(text)):
            raise ValueError(text)
        return number
    except (ValueError, OverflowError):
        todo = "like 2026-01-31, 36h or 7d.." if about.kind is Kind.TIME else "like 2000, 2000..4000 or 2000.."
        raise UsageError(f"{text!r:.60} is no {about.kind.value} for {about.key}", where=OPTION, todo=todo) from None


def _time(text: str) -> float:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
