"""Entries of the error catalog as tables, and past failures with the names that they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.batch.hold_codes import hold_name
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prodcli.diagnosis.past_failures import PastFailures
    from prodcli.error_catalog.known_error import KnownError, Signs

_UNKNOWN = "unknown"
_FAILURES = (
    Column("key", level=1),
    Column("failures", kind=Kind.COUNT),
    Column("state"),
    Column("code", drop_empty=True),
    Column("last", kind=Kind.AGO, level=2),
    Column("example", "dbid", Kind.NUMBER, level=2),
    Column("text", kind=Kind.DETAIL),
)


def entries_table(entries: Sequence[KnownError]) -> Table:
    """A row for each entry."""
    columns = (
        *(Column("key"), Column("name"), Column("category", level=1), Column("action", level=1)),
        *(Column("signs", level=3), Column("from", level=4), Column("advice", level=5)),
    )
    rows = [
        [
            one.key,
            one.name,
            str(one.category),
            str(one.action),
            "; ".join(map(_brief, one.signs)),
            one.origin,
            one.advice,
        ]
        for one in entries
    ]
    return Table(columns, rows, note="" if rows else "no entry is like that")


def entry_table(entry: KnownError) -> Table:
    """A row for each thing that an entry says."""
    words = ("key", "name", "category", "action", "advice", "from")
    values = (entry.key, entry.name, str(entry.category), str(entry.action), entry.advice, entry.origin)
    rows: list[list[Cell]] = [list(row) for row in zip(words, values, strict=True)]
    for number, signs in enumerate(entry.signs):
        rows += [[f"or {name}" if number else name, value] for name, value in _signs(signs)]
    return Table((Column("word"), Column("value")), [*rows, *(["example", one] for one in entry.examples)])


def tried_table(
    entries: Sequence[KnownError], found: Sequence[tuple[KnownError, PastFailures]], failures: Sequence[PastFailures]
) -> Table:
    """A row for each entry and each kind of past failures that it fits."""
    rows = [[entry.key, one.name or _UNKNOWN, *_failures(one)] for entry, one in found]
    fitting = {entry.key for entry, _ in found}
    none = [entry.key for entry in entries if entry.key not in fitting]
    note = f"tried on {sum(one.failures for one in failures)} failures of {len(failures)} kinds"
    note += f"; {', '.join(none)}: no failure" if none else ""
    return Table((Column("entry"), Column("called_now", "called now"), *_FAILURES), rows, note=note)


def renamed_table(changes: Sequence[tuple[PastFailures, KnownError | None]]) -> Table:
    """A row for each kind of failures that is called differently now."""
    rows = [[entry.name if entry else _UNKNOWN, one.name or _UNKNOWN, *_failures(one)] for one, entry in changes]
    note = "" if rows else "no failure is called differently"
    return Table((Column("called"), Column("before"), *_FAILURES), rows, note=note)


def _failures(one: PastFailures) -> list[Cell]:
    return [one.key, one.failures, one.state, one.code, one.last, one.greatest_dbid, one.text]


def _brief(signs: Signs) -> str:
    """The signs in a few words."""
    return ", ".join(f"{name} {value}" if name != "text" else "text" for name, value in dict(_signs(signs)).items())


def _signs(signs: Signs) -> Iterator[tuple[str, str]]:
    if signs.states:
        yield "state", ", ".join(sorted(signs.states))
    if signs.exit_codes:
        yield "exit code", ", ".join(map(str, sorted(signs.exit_codes)))
    if signs.signals:
        yield "signal", ", ".join(map(str, sorted(signs.signals)))
    if signs.holds:
        yield "hold code", ", ".join(_hold(*one) for one in sorted(signs.holds, key=lambda one: (one[0], one[1] or 0)))
    yield from (("text", pattern.text) for pattern in signs.texts)
    yield from (("node", pattern.pattern) for pattern in signs.nodes)


def _hold(code: int, subcode: int | None) -> str:
    numbers = str(code) if subcode is None else f"{code}/{subcode}"
    return f"{numbers} {hold_name(code, subcode)}".rstrip()
