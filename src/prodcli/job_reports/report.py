"""The report that a job leaves beside its log, as JSON: read without trust in its writer.

A value of another type, range or length than the books can hold refuses the whole report.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from prodcli.errors import one_line
from prodcli.names import is_text

VERSION = 1
MESSAGES = 50  # of a job that the books keep; the report says how many there were
_PHASES = 100
_OUTPUTS = 200
_LONGEST = 1_000  # letters of a text
_QUALITY = 65_536  # letters of the quality as JSON
_INT, _BIGINT = 2**31 - 1, 2**63 - 1
_LAST = 253_402_300_799  # the last second of the year 9999
_LEVELS = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a job: `began` in seconds since 1970, times of use in seconds, memory in KB."""

    name: str
    began: int | None
    wall: float | None
    user_cpu: float | None
    sys_cpu: float | None
    memory_kb: int | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a job: `at` in seconds since 1970; level info, warning or error."""

    at: int | None
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a job staged out, with the path of its staged name; code 0 if that succeeded, size in bytes."""

    lfn: str
    staged: str | None
    events: int | None
    first: int | None
    last: int | None
    md5: str | None
    size: int | None
    ctime: int | None
    code: int


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job said at its end; times in seconds since 1970 by the worker's clock, sizes in KB or bytes as named."""

    dbid: int
    attempt: int
    numbers: Mapping[str, int | float | None]
    machine: Mapping[str, str | int | None]
    quality: str | None
    phases: Sequence[Phase]
    messages: Sequence[Message]
    said: int  # messages in the report
    outputs: Sequence[Output]


def parse_report(text: str, dbid: int, attempt: int) -> JobReport:
    """The report of an attempt; raises ValueError for a report of another, or for values that no report has."""
    try:
        data = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("its brackets are nested too deep") from None
    if not isinstance(data, dict):
        raise ValueError("it is no JSON object")
    report = _Fields(data, "")
    if report.whole("version") != VERSION:
        raise ValueError(f"its version is {data.get('version')!r:.20}, not {VERSION}")
    found = report.whole("dbid"), report.whole("attempt")
    if found != (dbid, attempt):
        raise ValueError(f"it is of dbid {found[0]}, attempt {found[1]}")
    said = report.listed("messages", _INT)
    return JobReport(
        dbid,
        attempt,
        {
            **{key: report.number(key) for key in ("user_cpu", "sys_cpu", "wall")},
            **{key: report.whole(key, _BIGINT) for key in ("memory_kb", "disk_kb", "bytes_in", "bytes_out")},
            **{key: report.whole(key, _BIGINT, least=-2) for key in ("events_in", "events_out")},
            **{key: report.whole(key, least=-_INT) for key in ("exit_code", "signal", "start")},
            **{key: report.time(key) for key in ("began", "ended")},
        },
        _machine(report),
        _quality(data.get("quality")),
        [_phase(phase) for phase in report.listed("phases", _PHASES)],
        [_message(one) for one in _worth_most(said)],
        len(said),
        list({one.lfn: one for one in map(_output, report.listed("outputs", _OUTPUTS))}.values()),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """The values of an object of the report; each raises ValueError for a value that cannot be meant."""

    data: Mapping[str, Any]
    place: str

    def whole(self, key: str, most: int = _INT, least: int = 0) -> int | None:
        """A whole number."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(key)
        return value

    def number(self, key: str) -> float | None:
        """A number that is not negative."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _INT:
            raise self._wrong(key)
        return float(value)

    def text(self, key: str) -> str | None:
        """A text in one line, cut where it is too long."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not is_text(value):
            raise self._wrong(key)
        return one_line(value[:_LONGEST])

    def time(self, key: str) -> int | None:
        """A time as 2026-11-29T12:00:00Z, in seconds since 1970."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value)
            seconds = math.floor((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(key) from None
        if not 0 <= seconds <= _LAST:
            raise self._wrong(key)
        return seconds

    def listed(self, key: str, most: int) -> list[_Fields]:
        """The objects of a list, or the first of too many."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value[:most]):
            raise self._wrong(key)
        return [_Fields(one, f"{self.place}{key}[{number}].") for number, one in enumerate(value[:most])]

    def inner(self, key: str) -> _Fields:
        """An object; empty if there is none."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key)
        return _Fields(value or {}, f"{self.place}{key}.")

    def _wrong(self, key: str) -> ValueError:
        return ValueError(one_line(f"{self.place}{key} is {self.data[key]!r:.60}"))


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _machine(report: _Fields) -> dict[str, str | int | None]:
    machine = report.inner("machine")
    texts = {key: machine.text(key) for key in ("cpu", "os", "site", "host", "address")}
    return {**texts, "cores": machine.whole("cores")}


def _quality(value: object) -> str | None:
    """The quality as JSON; raises ValueError if it is too large, or if PostgreSQL cannot hold it."""
    if value is None:
        return None
    text = json.dumps(value, separators=(",", ":"))
    if len(text) > _QUALITY:
        raise ValueError(f"quality has more than {_QUALITY} letters")
    return text


def _phase(phase: _Fields) -> Phase:
    return Phase(
        phase.text("name") or "",
        phase.time("began"),
        phase.number("wall"),
        phase.number("user_cpu"),
        phase.number("sys_cpu"),
        phase.whole("memory_kb", _BIGINT),
    )


def _message(message: _Fields) -> Message:
    level = message.text("level") or "info"
    if level not in _LEVELS:
        raise ValueError(f"{message.place}level is {level!r:.60}")
    return Message(message.time("at"), level, message.text("text") or "")


def _worth_most(messages: Sequence[_Fields]) -> list[_Fields]:
    """The messages that are kept, in their order: errors before warnings before others, the last before the first."""
    ranks = {level: rank for rank, level in enumerate(_LEVELS)}

    def worth(number: int) -> tuple[int, int]:
        level = messages[number].data.get("level")
        return ranks.get(level, 0) if isinstance(level, str) else 0, number

    kept = sorted(range(len(messages)), key=worth, reverse=True)[:MESSAGES]
    return [messages[number] for number in sorted(kept)]


def _output(output: _Fields) -> Output:
    lfn = output.text("lfn")
    if not lfn:
        raise ValueError(f"{output.place}lfn is missing")
    return Output(
        lfn,
        output.text("staged"),
        output.whole("events", _BIGINT, least=-2),
        output.whole("first", _BIGINT, least=-2),
        output.whole("last", _BIGINT, least=-2),
        output.text("md5"),
        output.whole("size", _BIGINT),
        output.whole("ctime", _LAST),
        output.whole("code") or 0,
    )
