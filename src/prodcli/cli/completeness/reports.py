"""The reports of `check`: plain lines for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.completeness.result import CheckResult


class Report(StrEnum):
    """Which lines a report has."""

    NONE = "none"
    NOFC = "nofc"
    FLAGGED = "flagged"
    DAQHOST = "daqhost"
    DAQHOST_RUNS = "daqhost_runs"
    INPUT_MISMATCH = "input_mismatch"
    MISSING_OUTPUT = "missing_output"


_COMBINING = {Report.NOFC}  # what only a combining rule has, or only another one
_DOWNSTREAM = {Report.DAQHOST, Report.DAQHOST_RUNS, Report.INPUT_MISMATCH}


def is_about(report: Report, result: CheckResult) -> bool:
    """False for a report that a rule of this kind does not have."""
    return report not in (_DOWNSTREAM if result.rule.combining else _COMBINING)


def lines(report: Report, result: CheckResult) -> Iterator[str]:
    """The lines of a report."""
    match report:
        case Report.FLAGGED:
            yield from flagged(result)
        case Report.NOFC:
            yield from (f"Run {run}, {host}" for run, host in result.hosts_without_output)
        case Report.DAQHOST:
            for run, segments in sorted(result.lacking_hosts.items()):
                yield from (f"{run} {segment}" for segment in segments)
        case Report.DAQHOST_RUNS:
            yield from map(str, sorted(result.lacking_hosts))
        case Report.INPUT_MISMATCH | Report.MISSING_OUTPUT:
            for unit in result.flagged:
                if report.value in unit.flags:
                    yield f"{unit.run} {unit.dsttype if result.rule.combining else unit.segment}"


def flagged(result: CheckResult) -> Iterator[str]:
    """The report line of each flagged unit, by run and segment."""
    return (unit.line(result.rule.combining) for unit in result.flagged)
