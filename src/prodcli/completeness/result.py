"""The result of a check: totals, flagged units, and runs and hosts that the field's reports list.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.completeness.catalog_rows import BookRow
from prodcli.completeness.checked_units import CheckedUnit, Flag
from prodcli.completeness.findings import Finding, JobKey, Kind
from prodcli.names import leafdir
from prodcli.reasons import Reason

if TYPE_CHECKING:
    from prodcli.completeness.check import CheckedPart
    from prodcli.rules.model import Rule

# Runs that lack a host which the dsttype needs.
_LACK_HOSTS = (Reason.FEW_HOSTS_RAW, Reason.FEW_HOSTS_PRODUCED, Reason.HOST_NOT_PRODUCED)


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


@dataclass
class CheckResult:
    """What a check found; `not_eligible` counts by reason what makes no unit."""

    rule: Rule
    summary: Summary = field(default_factory=Summary)
    flagged: list[CheckedUnit] = field(default_factory=list)
    lacking_hosts: dict[int, tuple[int, ...]] = field(default_factory=dict)  # the segments of runs that lack hosts
    hosts_without_output: list[tuple[int, str]] = field(default_factory=list)  # runs with hosts that wrote raw files
    not_eligible: Counter[Reason] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # folders
    jobs_without_output: dict[JobKey, BookRow] = field(default_factory=dict)
    staged: set[str] = field(default_factory=set)
    held_with_output: list[BookRow] = field(default_factory=list)
    outputs: int = 0
    outputs_expected: int = 0  # by the books

    @property
    def complete(self) -> bool:
        """True if every unit is complete, and catalog, disk and books agree."""
        return not (self.flagged or self.findings or self.unreadable)

    @property
    def complete_runs(self) -> list[int]:
        """The runs whose units are all complete, and about which there is no finding."""
        doubtful = {one.run for one in self.findings}
        by_run = self.summary.by_run.items()
        return [run for run, totals in by_run if totals.complete == totals.units and run not in doubtful]

    @property
    def kinds(self) -> Counter[Kind]:
        """How many findings of each kind there are."""
        return Counter(one.kind for one in self.findings)

    @property
    def told(self) -> str:
        """Everything that is wrong, in a line; empty if the production is complete."""
        whole, told = self.summary.whole, []
        if self.flagged:
            told.append(f"{whole.units - whole.complete} of {whole.units} units are flagged: {_counts(whole.flags)}")
        if self.findings:
            told.append(f"{len(self.findings)} findings: {_counts(self.kinds)}")
        if self.unreadable:
            told.append(f"{len(self.unreadable)} folders cannot be read, like {self.unreadable[0]}")
        return "; ".join(told)

    def add(self, part: CheckedPart) -> None:
        """Take the next part of a check."""
        self.summary.add(part.units)
        self.flagged += (unit for unit in part.units if unit.flags)
        for skipped in part.skips:
            self.not_eligible[skipped.reason] += skipped.count
            if skipped.reason in _LACK_HOSTS and part.segments is not None:
                self.lacking_hosts |= {run: tuple(sorted(part.segments.get(run, ()))) for run in skipped.runs}
        self.hosts_without_output += _without_output(self.rule, part)
        self.outputs += len({row.filename for row in part.outputs})
        if part.compared is not None:
            self.outputs_expected += part.compared.outputs_expected
            self.findings += part.compared.findings
            self.unreadable += part.compared.unreadable
            self.jobs_without_output |= part.compared.without_output
            self.staged |= part.compared.staged
            self.held_with_output += part.compared.held_with_output


def collected(rule: Rule, parts: Iterable[CheckedPart]) -> CheckResult:
    """The result of all parts of a check."""
    result = CheckResult(rule)
    for part in parts:
        result.add(part)
    return result


def _counts(counts: Mapping[Flag, int] | Mapping[Kind, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))


def _without_output(rule: Rule, part: CheckedPart) -> Iterator[tuple[int, str]]:
    """Hosts with raw files, on disk or not, that no output in the file catalog is made of."""
    made = {(row.run, row.dsttype) for row in part.outputs}
    leaves = {host.name: leafdir(rule.params.dsttype, host.leaf) for host in rule.dsttype.hosts}
    for host in sorted(part.hosts, key=lambda one: (one.run, one.host)):
        if host.host in leaves and (host.run, leaves[host.host]) not in made:
            yield host.run, host.host
