"""Totals of a check: by run, and of all of it.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prodcli.completeness.checked_units import CheckedUnit, Flag


@dataclass
class Totals:
    """Counts of units and events; grows unit by unit."""

    units: int = 0
    complete: int = 0
    unverified: int = 0
    expected: int = 0
    produced: int = 0
    lost: int = 0
    flags: Counter[Flag] = field(default_factory=Counter)

    def add(self, unit: CheckedUnit) -> None:
        """Count a unit."""
        self.units += 1
        self.complete += not unit.flags
        self.unverified += unit.unverified
        self.expected += unit.expected
        self.produced += unit.produced
        self.lost += unit.lost
        self.flags.update(unit.flags)


@dataclass
class Summary:
    """The totals of a check, and those of each run."""

    whole: Totals = field(default_factory=Totals)
    by_run: dict[int, Totals] = field(default_factory=dict)

    def add(self, units: Iterable[CheckedUnit]) -> None:
        """Count some units."""
        for unit in units:
            self.whole.add(unit)
            self.by_run.setdefault(unit.run, Totals()).add(unit)

    def worst(self, most: int) -> Sequence[tuple[int, Totals]]:
        """The runs with flagged units that lose most events, then those with most flagged units."""
        flagged = [(run, totals) for run, totals in self.by_run.items() if totals.complete < totals.units]
        return sorted(flagged, key=lambda one: (-one[1].lost, one[1].complete - one[1].units, one[0]))[:most]
