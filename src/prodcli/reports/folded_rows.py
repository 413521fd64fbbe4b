"""Counted rows that are alike, as one: sums are added up, extremes are compared.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


def as_figures(**columns: Any) -> Figures:
    """A row of a query by the names of its columns."""
    return columns


@dataclass(frozen=True, slots=True)
class Folding:
    """How rows are folded: by the columns in `keys`; the least and greatest values stay, all other columns are added up."""

    keys: Sequence[str]
    least: frozenset[str] = frozenset()
    greatest: frozenset[str] = frozenset()

    def fold(self, rows: Iterable[Mapping[str, Any]], name: Callable[[str], str] = str) -> list[Figures]:
        """The rows by their keys, sorted; `name` gives the dsttype under which rows are folded. None is no value."""
        found: dict[tuple[Any, ...], Figures] = {}
        for row in rows:
            named = {**row, "dsttype": name(row["dsttype"])}
            key = tuple(named[column] for column in self.keys)
            found[key] = self._sum(found[key], named) if key in found else named
        return [found[key] for key in sorted(found, key=_order)]

    def total(self, rows: Iterable[Figures]) -> Figures:
        """All rows as one."""
        whole: Figures = {}
        for row in rows:
            whole = self._sum(whole, row) if whole else row
        return whole

    def _sum(self, one: Figures, other: Figures) -> Figures:
        return {column: self._both(column, value, other[column]) for column, value in one.items()}

    def _both(self, column: str, one: Any, other: Any) -> Any:
        if one is None or other is None or column in self.keys:
            return other if one is None else one
        if column in self.least:
            return min(one, other)
        return max(one, other) if column in self.greatest else one + other


def _order(key: tuple[Any, ...]) -> tuple[tuple[bool, Any], ...]:
    """None last in each column."""
    return tuple((value is None, "" if value is None else value) for value in key)
