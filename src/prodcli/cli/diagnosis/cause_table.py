"""The causes of held and failed jobs: a line each for people, all that is known for programs, and the rows that people name."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.causes.advice import Scope, key_of, what_helps
from prodcli.causes.cause_text import action_in_words, cause_in_words
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import UsageError, one_line
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.causes.failure_groups import FailureGroup
    from prodcli.cli.context import Session

_ROWS = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_PARK = re.compile(r"p(?=[0-9])")
ALL = "all"
_STYLES = {Remedy.NODE: "yellow", Remedy.PARK: "magenta", Remedy.ASK: "bold red"}
_LEAST_CAUSE, _OTHERS = 30, 46  # letters of the cause on a narrow terminal, and of all other columns


class Choice(NamedTuple):
    """A row that people named, and whether its jobs are to be parked instead of what is proposed."""

    row: int
    park: bool = False


def table_of(found: Sequence[FailureGroup], width: int | None) -> Table:
    """A line for each cause: number, jobs, state, cause and what helps; a terminal's width cuts the cause."""
    most = None if width is None else max(_LEAST_CAUSE, width - _OTHERS)
    rows: list[list[Cell]] = [
        [number, len(one.jobs), one.signature.state, _cut(one_line(cause_in_words(one)), most), action_in_words(one)]
        for number, one in enumerate(found, start=1)
    ]
    columns = (Column("no"), Column("jobs", kind=Kind.COUNT), Column("state"), Column("cause"), Column("action"))
    marks = {action_in_words(one): _STYLES.get(one.action, "green") for one in found}
    return Table(columns, rows, marks=marks)


def details_of(session: Session, found: Sequence[FailureGroup], scope: Scope, numbers: Collection[int]) -> list[str]:
    """All that is known of some rows, in lines for the terminal."""
    from prodcli.causes.cause_text import cause_lines
    from prodcli.cli.diagnosis.service_logs import outage_lines
    from prodcli.cli.tables.terminal import terminal_width
    from prodcli.reports.families import Families

    family, now = Families(session.site).of_dsttype, int(time.time())
    width = terminal_width()
    met = outage_lines(session, {number: [job.since for job in found[number - 1].jobs] for number in numbers})
    return [
        line
        for number in numbers
        for line in cause_lines(number, found, scope, family, now, width, session.zone, met.get(number, ()))
    ]


def data_of(found: Sequence[FailureGroup], scope: Scope) -> list[dict[str, Any]]:
    """All rows with all columns, for programs."""
    return [
        {
            "no": number,
            "key": key_of(one),
            "jobs": len(one.jobs),
            "state": one.signature.state,
            "code": one.signature.code,
            "reason": one.signature.text,
            "signature": one.key,
            "error": one.error,
            "action": str(one.action),
            "why": one.why,
            "helped": one.won,
            "retried": one.retried,
            "dsttypes": one.dsttypes,
            **memory_of(one),
            "nodes": dict(one.nodes.most_common()),
            "what_helps": what_helps(one, found, scope),
            "dbids": [job.dbid for job in one.jobs],
        }
        for number, one in enumerate(found, start=1)
    ]


def data_table(found: Sequence[FailureGroup], scope: Scope) -> Table:
    """All rows with the columns that CSV has."""
    rows = data_of(found, scope)
    columns = [key for key in (rows[0] if rows else {"no": 0}) if key not in ("dsttypes", "nodes", "dbids")]
    return Table(list(map(Column, columns)), [[row[key] for key in columns] for row in rows])


def memory_of(one: FailureGroup) -> dict[str, int | None]:
    """The least and the largest requested, used and next memory in MB."""
    sizes = {
        "asked": [job.memory_asked for job in one.jobs if job.memory_asked],
        "used": [job.memory_used for job in one.jobs if job.memory_used],
        "new": one.steps,
    }
    return {
        f"{name}_{end.__name__}_mb": end(known, default=None) for name, known in sizes.items() for end in (min, max)
    }


def doable(one: FailureGroup) -> bool:
    """True if applying the row does anything: not for `ask`."""
    return one.action is not Remedy.ASK


def picked(found: Sequence[FailureGroup], scope: Scope, words: Sequence[str]) -> list[Choice]:
    """The rows of some numbers, ranges or keys, or all rows that are doable; `p3` parks the jobs of row 3.

    Raises UsageError for an unknown row, and for one that only a person can help.
    """
    chosen: dict[int, Choice] = {}
    for word in (part for text in words for part in text.replace(",", " ").split()):
        park = bool(_PARK.match(word))
        for row in _rows(found, word[park:]):
            _require_doable(found, scope, Choice(row, park))
            chosen[row] = Choice(row, park)
    return [choice for _, choice in sorted(chosen.items())]


def row_of(found: Sequence[FailureGroup], word: str) -> int:
    """The row whose details are asked for; raises UsageError for an unknown row."""
    return next(iter(_rows(found, word.strip())))


def _rows(found: Sequence[FailureGroup], word: str) -> Iterable[int]:
    keys = {key_of(one): number for number, one in enumerate(found, start=1)}
    if word == ALL:
        return [number for number, one in enumerate(found, start=1) if doable(one)]
    return [keys[word]] if word in keys else _range(word, len(found))


def _require_doable(found: Sequence[FailureGroup], scope: Scope, choice: Choice) -> None:
    one = found[choice.row - 1]
    if choice.park and not one.in_queue:
        raise UsageError(f"row {choice.row} cannot be parked: its jobs are in no queue")
    if not choice.park and not doable(one):
        helps = what_helps(one, found, scope)
        raise UsageError(f"row {choice.row} is for a person ({one.action}): {one.why}", todo=helps)


def _range(word: str, rows: int) -> range:
    match = _ROWS.fullmatch(word)
    if match is None:
        raise UsageError(f"{word!r:.60} names no row", where="--apply", todo="like 1,3-4, a key, or all")
    low, high = int(match[1]), int(match[2] or match[1])
    if not 1 <= low <= high <= rows:
        raise UsageError(f"there are rows 1 to {rows}, not {word}", where="--apply")
    return range(low, high + 1)


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[: most - 3]}..."
