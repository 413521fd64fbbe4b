"""Rules that submitted jobs regularly and now submit nothing: since when, and which reason grew.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from prodcli.reasons import Reason

if TYPE_CHECKING:
    from prodcli.automation.rule_result import RulePass

_REGULAR = 4  # passes that submitted jobs, before a rule counts as regular
_PATIENCE = 3  # times the longest of its gaps
_SHORTEST = 3600  # seconds without a job that are no alarm yet
# what grows while all goes well: jobs are made, or wait for a limit or for their run
_HARMLESS = {Reason.PRODUCED, Reason.BLOCKED, Reason.LIMIT, Reason.SEGMENT_CUT, Reason.RUN_NOT_ENDED, Reason.RUNTYPE}


@dataclass(frozen=True)
class SubmittingPass:
    """A pass that submitted jobs of a rule; `started` in seconds since 1970."""

    rule: str
    tag: str
    started: int
    submitted: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Starvation:
    """A rule without new jobs since a time (seconds since 1970), and the reason that grew most since."""

    rule: str
    tag: str
    since: int
    reason: str
    before: int
    now: int
    only: str = ""

    @property
    def cause(self) -> str:
        """`input_off_disk 0 -> 312, only ebdc13`."""
        return f"{self.reason} {self.before} -> {self.now}" + (f", only {self.only}" if self.only else "")


def starving(result: RulePass, past: Iterable[SubmittingPass]) -> Starvation | None:
    """The alarm for the newest pass of a rule, by its passes that submitted jobs, the oldest first; None if all is well.

    A pass that failed, that another pass or the queues kept from submitting, or that submitted jobs, alarms nobody.
    """
    mine = [one for one in past if (one.rule, one.tag) == (result.rule, result.tag)]
    if result.submitted or result.error or result.note or result.limited or len(mine) < _REGULAR:
        return None
    longest = max(later.started - earlier.started for earlier, later in pairwise(mine))
    last = mine[-1]
    if result.started - last.started <= max(_SHORTEST, _PATIENCE * longest):
        return None
    grown = {why: count - last.reasons.get(why, 0) for why, count in result.reasons.items() if why not in _HARMLESS}
    reason = max(grown, key=lambda why: (grown[why], why), default="")
    if not reason or grown[reason] <= 0:
        return None  # the runs are used up
    before, now = last.reasons.get(reason, 0), result.reasons[reason]
    return Starvation(result.rule, result.tag, last.started, reason, before, now, result.only.get(reason, ""))
