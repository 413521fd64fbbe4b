"""The result of a check: totals, flagged units, and runs and hosts that the field's reports list.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prodcli.completeness.checked_units import CheckedUnit
from prodcli.completeness.findings import Finding, Kind
from prodcli.completeness.totals import Summary
from prodcli.names import leafdir
from prodcli.reasons import Reason

if TYPE_CHECKING:
    from prodcli.completeness.check import CheckedPart
    from prodcli.rules.model import Rule

# Runs that lack a host which the dsttype needs.
_LACK_HOSTS = (Reason.FEW_HOSTS_RAW, Reason.FEW_HOSTS_PRODUCED, Reason.HOST_NOT_PRODUCED)


@dataclass
class CheckResult:
    """What a check found; `not_eligible` counts by reason what makes no unit."""

    rule: Rule
    summary: Summary = field(default_factory=Summary)
    flagged: list[CheckedUnit] = field(default_factory=list)
    lacking_hosts: dict[int, tuple[int, ...]] = field(default_factory=dict)  # the segments of runs that lack hosts
    without_output: list[tuple[int, str]] = field(default_factory=list)  # runs with hosts that wrote raw files
    not_eligible: Counter[Reason] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # folders

    @property
    def complete(self) -> bool:
        """True if every unit is complete, and catalog, disk and books agree."""
        return not (self.flagged or self.findings or self.unreadable)

    @property
    def kinds(self) -> Counter[Kind]:
        """How many findings of each kind there are."""
        return Counter(one.kind for one in self.findings)

    def add(self, part: CheckedPart) -> None:
        """Take the next part of a check."""
        self.summary.add(part.units)
        self.flagged += (unit for unit in part.units if unit.flags)
        for skipped in part.skips:
            self.not_eligible[skipped.reason] += skipped.count
            if skipped.reason in _LACK_HOSTS and part.segments is not None:
                self.lacking_hosts |= {run: tuple(sorted(part.segments.get(run, ()))) for run in skipped.runs}
        self.without_output += _without_output(self.rule, part)
        if part.compared is not None:
            self.findings += part.compared.findings
            self.unreadable += part.compared.unreadable


def collected(rule: Rule, parts: Iterable[CheckedPart]) -> CheckResult:
    """The result of all parts of a check."""
    result = CheckResult(rule)
    for part in parts:
        result.add(part)
    return result


def _without_output(rule: Rule, part: CheckedPart) -> Iterator[tuple[int, str]]:
    """Hosts with raw files, on disk or not, that no output in the file catalog is made of."""
    made = {(row.run, row.dsttype) for row in part.outputs}
    leaves = {host.name: leafdir(rule.params.dsttype, host.leaf) for host in rule.dsttype.hosts}
    for host in sorted(part.hosts, key=lambda one: (one.run, one.host)):
        if host.host in leaves and (host.run, leaves[host.host]) not in made:
            yield host.run, host.host
