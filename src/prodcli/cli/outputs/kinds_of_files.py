"""The table of the files that a verb takes away, by their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLUMNS = (
    Column("what"),
    Column("count", kind=Kind.COUNT),
    Column("bytes", "size", Kind.BYTES, drop_empty=True),
    Column("examples", kind=Kind.PATHS),
)


def table_of(kinds: Iterable[tuple[str, int, int | None, Sequence[str]]], note: str) -> Table:
    """A row for each kind: what the files are, how many, their bytes, and the names of some."""
    return Table(_COLUMNS, [[what, count, size, ", ".join(some)] for what, count, size, some in kinds], note=note)
