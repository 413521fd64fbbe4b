"""When a watch ends: all jobs are in some states, or any job is in one.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.reports.status_lines import Line


@dataclass(frozen=True, slots=True)
class ExitCondition:
    """The states that all jobs must be in, and those that no job should be in; empty for no such condition."""

    all_of: Sequence[str] = ()
    any_of: Sequence[str] = ()

    def all_there(self, lines: Sequence[Line]) -> bool:
        """True if there are jobs, and all of them are in the states for all."""
        jobs = sum(line.jobs for line in lines)
        return bool(self.all_of and jobs) and self._counted(lines, self.all_of) == jobs

    def some_there(self, lines: Sequence[Line]) -> int:
        """The number of jobs in the states for any."""
        return self._counted(lines, self.any_of)

    @staticmethod
    def _counted(lines: Sequence[Line], states: Sequence[str]) -> int:
        return sum(line.counts[state] for line in lines for state in set(states))
