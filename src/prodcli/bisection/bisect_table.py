"""What changed with each signature, as a table: few columns for people, all numbers for programs.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp
from typing import TYPE_CHECKING

from prodcli.bisection.verdict import Clock, became, command_of, odds, share, verdict
from prodcli.errors import one_line
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.bisection.bisected import Bisected
    from prodcli.bisection.changes import Change

_TITLE, _VALUE = 40, 46  # letters that people see of a signature, and of a value
_PEOPLE = (
    Column("key"),
    Column("error"),
    Column("failures", kind=Kind.COUNT),
    Column("changed"),
    Column("was", level=3),
    Column("became", level=1),
    Column("since", kind=Kind.TIME, level=3),
    Column("others", title="others failed", level=2),
    Column("these", title="these failed", level=2),
    Column("chance", level=2),
    Column("verdict", kind=Kind.DETAIL),
    Column("command", kind=Kind.COMMAND, drop_empty=True),
)
_KEYS = (
    *("key", "error", "state", "code", "text", "category", "failures", "first", "last", "verdict"),
    *("changed", "was", "became", "became_last", "then", "since", "together", "failed_before", "ended_before"),
    *("failed_with", "ended_with", "failed_after", "ended_after", "chance", "command"),
)
_TIMES = ("first", "last", "since")


def people_table(found: Sequence[Bisected], clock: Clock) -> Table:
    """A row for each change that may be the first; a row without one says why."""
    rows: list[list[Cell]] = []
    for one in found:
        said: str | None = one_line(verdict(one.found, clock))
        for change in one.found.suspects or (None,):
            head: list[Cell] = [one.signature.id, _cut(one.signature.title, _TITLE), one.signature.failures]
            rows.append([*head, *_change(one, change, clock), said, _command(one, change)])
            said = None
    note = "" if rows else "no failures in the books match"
    return Table(_PEOPLE, rows, title="what changed first", note=note)


def data_table(found: Sequence[Bisected], clock: Clock) -> Table:
    """A row for each change that goes with a signature, the most likely first; one without for a signature that has none."""
    columns = [Column(key, kind=Kind.TIME if key in _TIMES else Kind.TEXT) for key in _KEYS]
    return Table(columns, [row for one in found for row in _rows(one, clock)])


def _rows(one: Bisected, clock: Clock) -> Iterator[list[Cell]]:
    signature = one.signature
    head: list[Cell] = [signature.id, signature.title, signature.state, signature.code, signature.text]
    head += [signature.category, signature.failures, signature.first, signature.last, verdict(one.found, clock)]
    if not one.found.changes:
        yield head + [None] * (len(_KEYS) - len(head))
    for number, change in enumerate(one.found.changes):
        parts = (change.before, change.within, change.after)
        yield [
            *head,
            *(change.what, change.was, change.span[0], change.span[-1], change.then, change.since),
            int(number < one.found.together),
            *(count for part in parts for count in (part.failed, part.total)),
            *(exp(change.chance), command_of(change, one.folders) or None),
        ]


def _change(one: Bisected, change: Change | None, clock: Clock) -> list[Cell]:
    """The cells of a change."""
    if change is None:
        return ["nothing", None, None, None, None, share(one.found.ended), None]
    was = None if change.was is None or isinstance(change.span[0], int) else _cut(change.was, _VALUE)
    counts: list[Cell] = [share(change.outside), share(change.within), odds(change.chance)]
    return [change.what, was, _cut(became(change, clock), _VALUE), change.since, *counts]


def _command(one: Bisected, change: Change | None) -> str | None:
    return (change and command_of(change, one.folders)) or None


def _cut(value: object, most: int) -> str:
    text = one_line(str(value))
    return text if len(text) <= most else f"{text[: most - 3]}..."
