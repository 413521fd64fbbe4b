"""Catalogs and books that keep their answers, so that a plan can be made again under other assumptions.

Each read asks only for rows that no plan before has read, in the usual statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from prodcli.books.claims import Booked, Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.rows import RawHost, Run, SegmentInputs
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.rules.model import Rule

Item = TypeVar("Item", int, str)
_Memory = dict[Any, dict[Any, Any]]


@dataclass(frozen=True)
class RememberedCatalogs(Catalogs):
    """The catalogs, with each answer kept by run or by file name; names are forgotten unless it `keeps` them."""

    memory: _Memory = field(default_factory=dict)
    keeps: bool = True

    def runs(self, selection: RunSelection) -> list[Run]:
        """The runs of a selection."""
        kept = self.memory.setdefault("runs", {})
        if selection not in kept:
            kept[selection] = super().runs(selection)
        return list(kept[selection])

    def raw_hosts(self, rule: Rule, runs: Sequence[int]) -> list[RawHost]:
        """The raw files of runs by host."""
        kept = self._by_run(
            ("raw_hosts", rule.site.trigger_host, rule.dsttype.hosts),
            runs,
            lambda new: ((row.run, row) for row in super(RememberedCatalogs, self).raw_hosts(rule, new)),
        )
        return [row for run in runs for row in kept[run]]

    def raw_masks(self, rule: Rule, runs: Sequence[int]) -> dict[int, int]:
        """The hosts of each run in the raw catalog."""
        kept = self._by_run(
            ("raw_masks", rule.dsttype.hosts),
            runs,
            lambda new: super(RememberedCatalogs, self).raw_masks(rule, new).items(),
        )
        return {run: kept[run][0] for run in runs if kept[run]}

    def segment_inputs(self, rule: Rule, runs: Sequence[int]) -> list[SegmentInputs]:
        """The inputs of every segment."""
        given = rule.input
        kept = self._by_run(
            ("segment_inputs", rule.dsttype.inputs, rule.intriplet, given.dataset, given.infile_query_constraints),
            runs,
            lambda new: ((row.run, row) for row in super(RememberedCatalogs, self).segment_inputs(rule, new)),
        )
        return [row for run in runs for row in kept[run]]

    def with_inputs(self, rule: Rule, runs: Sequence[int]) -> set[int]:
        """The runs that have any input."""
        given = rule.input
        kept = self._by_run(
            ("with_inputs", rule.dsttype.inputs, rule.intriplet, given.dataset, given.infile_query_constraints),
            runs,
            lambda new: ((run, True) for run in super(RememberedCatalogs, self).with_inputs(rule, new)),
        )
        return {run for run in runs if kept[run]}

    def produced(self, names: Sequence[str]) -> set[str]:
        """The names that the file catalog has."""
        kept = self.memory.setdefault("produced", {}) if self.keeps else {}
        new = _unknown(names, kept)
        if new:
            there = super().produced(new)
            kept.update((name, name in there) for name in new)
        return {name for name in names if kept[name]}

    def _by_run(
        self, key: object, runs: Sequence[int], read: Callable[[list[int]], Iterable[tuple[int, Any]]]
    ) -> dict[int, list[Any]]:
        kept = self.memory.setdefault(key, {})
        new = _unknown(runs, kept)
        if new:
            kept.update((run, []) for run in new)
            for run, row in read(new):
                kept[run].append(row)
        return kept


@dataclass(frozen=True)
class RememberedBooks(Books):
    """The books, with each blocking row kept by file name; rows in the states of `ignored` do not block.

    Rows are forgotten unless it `keeps` them.
    """

    memory: _Memory = field(default_factory=dict)
    keeps: bool = True
    ignored: frozenset[str] = frozenset()

    def booked(self, names: Sequence[str], constraint: str = "") -> dict[str, Booked]:
        """The rows that block outputs."""
        kept = self.memory.setdefault(constraint, {}) if self.keeps else {}
        new = _unknown(names, kept)
        if new:
            kept.update(dict.fromkeys(new) | super().booked(new, constraint))
        found = {name: kept[name] for name in names if kept[name] is not None}
        return {name: row for name, row in found.items() if row.status not in self.ignored}

    def ignoring(self, states: Iterable[str]) -> RememberedBooks:
        """The same books and kept answers, without rows in these states."""
        return replace(self, ignored=frozenset(states))


def _unknown(items: Sequence[Item], kept: dict[Any, Any]) -> list[Item]:
    return [item for item in items if item not in kept]
