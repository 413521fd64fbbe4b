"""The table of causes, as `prodcli rescue` shows it, and the rows that people name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from prodcli.diagnosis.advice import Scope, key_of, what_helps
from prodcli.diagnosis.classifiers import Remedy
from prodcli.errors import UsageError, one_line
from prodcli.memory.advice import span
from prodcli.tables.table import Cell, Table

if TYPE_CHECKING:
    from prodcli.diagnosis.failure_groups import FailureGroup

COLUMNS = ("no", "key", "jobs", "what", "action", "helped", "reason")
_FEW = 4  # dsttypes that a line names
_ROWS = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
ALL = "all"
_MARKS = {
    Remedy.RETRY: "green",
    Remedy.MEMORY: "green",
    Remedy.NODE: "yellow",
    Remedy.PARK: "magenta",
    Remedy.ASK: "bold red",
}


def table_of(found: Sequence[FailureGroup], scope: Scope, note: str) -> Table:
    """A row for each cause; below it the reasons and commands."""
    rows: list[list[Cell]] = [
        [number, key_of(one), len(one.jobs), one.kind, one.action, helped(one), one.signature.text]
        for number, one in enumerate(found, start=1)
    ]
    lines = advice_lines(found, scope)
    return Table(
        COLUMNS,
        rows,
        marks={str(action): style for action, style in _MARKS.items()},
        narrow=frozenset({"helped"}),
        note="\n".join([*lines, note] if note else lines),
    )


def advice_lines(found: Sequence[FailureGroup], scope: Scope) -> list[str]:
    """The reason and the command of each numbered row, two lines each."""
    lines = []
    for number, one in enumerate(found, start=1):
        why = one_line(f"{', '.join(_few(one.dsttypes))}: {one.why}")
        lines += [f"{number:>3}  {why}", f"     {one_line(what_helps(one, found, scope))}"]
    return lines


def data_of(found: Sequence[FailureGroup], scope: Scope) -> list[dict[str, Any]]:
    """All rows with all columns, for programs."""
    return [
        {
            **dict(zip(COLUMNS[:2], (number, key_of(one)), strict=True)),
            "jobs": len(one.jobs),
            "state": one.signature.state,
            "code": one.signature.code,
            "reason": one.signature.text,
            "action": str(one.action),
            "why": one.why,
            "helped": one.won,
            "retried": one.retried,
            "dsttypes": one.dsttypes,
            "asked MB": one.asked,
            "used MB": one.used,
            "new MB": span(one.steps),
            "nodes": dict(one.nodes.most_common()),
            "what helps": what_helps(one, found, scope),
            "dbids": [job.dbid for job in one.jobs],
        }
        for number, one in enumerate(found, start=1)
    ]


def helped(one: FailureGroup) -> str:
    """The number of jobs that a retry helped, of how many."""
    return f"{one.won} of {one.retried}" if one.retried else ""


def _few(names: Sequence[str]) -> list[str]:
    return [*names[:_FEW], *([f"{len(names) - _FEW} more"] if len(names) > _FEW else [])]


def doable(one: FailureGroup) -> bool:
    """True if applying the row does anything: not for `ask`."""
    return one.action is not Remedy.ASK


def picked(found: Sequence[FailureGroup], scope: Scope, words: Sequence[str]) -> list[int]:
    """The rows of some numbers, ranges or keys, or all rows that are doable; raises UsageError for an unknown row."""
    numbers: set[int] = set()
    keys = {key_of(one): number for number, one in enumerate(found, start=1)}
    for word in (part for text in words for part in text.replace(",", " ").split()):
        if word == ALL:
            numbers |= {number for number, one in enumerate(found, start=1) if doable(one)}
        elif word in keys:
            numbers.add(keys[word])
        else:
            numbers |= set(_range(word, len(found)))
    for number in sorted(numbers):
        if not doable(found[number - 1]):
            one = found[number - 1]
            raise UsageError(
                f"row {number} is for a person ({one.action}): {one.why}", todo=what_helps(one, found, scope)
            )
    return sorted(numbers)


def _range(word: str, rows: int) -> range:
    match = _ROWS.fullmatch(word)
    if match is None:
        raise UsageError(f"{word!r:.60} names no row", where="--apply", todo="like 1,3-4, a key, or all")
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= rows:
        raise UsageError(f"there are rows 1 to {rows}, not {word}", where="--apply")
    return range(low, high + 1)
