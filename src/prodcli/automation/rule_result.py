"""The result of a pass of one rule, which histories, views and other processes read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING

from prodcli.errors import PartlyDone
from prodcli.reasons import Level, Reason

if TYPE_CHECKING:
    from prodcli.reasons import Skipped

HARVEST = "harvest"  # stands for a rule: what a pass does once for all rules
_FEW = 2  # hosts or runs that a reason names


@dataclass(frozen=True, kw_only=True)
class RulePass:
    """What a pass did for a rule; `started` in seconds since 1970.

    `error` is one line, empty if all went well; `code` is the exit code of such an error. `note` says why nothing was
    submitted, if the queues or another pass are the cause, and `disk` which disk is too full for outputs. `reasons` counts
    what was left out, and `only` names the hosts or runs of a reason that has few.
    """

    rule: str
    tag: str = ""
    started: int = 0
    seconds: float = 0.0
    submitted: int = 0
    registered: int = 0
    finished: int = 0
    recovered: int = 0
    error: str = ""
    code: int = 0
    note: str = ""
    disk: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def limited(self) -> bool:
        """True if more jobs could have been submitted."""
        return Reason.LIMIT in self.reasons

    def with_step(self, step: RulePass) -> RulePass:
        """The result with that of one more step."""
        known = step if step.reasons else self
        return replace(
            self,
            submitted=self.submitted + step.submitted,
            registered=self.registered + step.registered,
            finished=self.finished + step.finished,
            recovered=self.recovered + step.recovered,
            error=_joined(self.error, step.error),
            code=self.code or step.code,
            note=_joined(self.note, step.note),
            disk=_joined(self.disk, step.disk),
            reasons=known.reasons,
            only=known.only,
        )

    @property
    def in_words(self) -> str:
        """`12 submitted, 3 registered`, or what went wrong."""
        counts = {
            "submitted": self.submitted,
            "registered": self.registered,
            "finished": self.finished,
            "recovered": self.recovered,
        }
        done = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        return "; ".join(filter(None, [done, self.note, self.error])) or "nothing to do"

    def as_line(self) -> str:
        """The result as a line of JSON."""
        return json.dumps(asdict(self))


_NAMES = frozenset(one.name for one in fields(RulePass))


def result_of(line: str) -> RulePass | None:
    """The result in a line of JSON; None for a line that is none."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or "rule" not in said:
        return None
    return RulePass(**{name: value for name, value in said.items() if name in _NAMES})


def exit_code(codes: Mapping[str, int]) -> int:
    """The exit code of a pass, by the codes of its rules and of its harvest.

    0 if all is well, the code of all rules if it is the same, else that of work that is partly done.
    """
    of_rules = {code for rule, code in codes.items() if rule != HARVEST} or {0}
    if len(of_rules) == 1 and (of_rules != {0} or not codes.get(HARVEST)):
        return of_rules.pop()
    return PartlyDone.exit_code


def _joined(*words: str) -> str:
    return "; ".join(dict.fromkeys(filter(None, words)))


def counted_reasons(skips: Iterable[Skipped]) -> tuple[dict[str, int], dict[str, str]]:
    """What was left out by reason, and the hosts, else the runs, of reasons that have few of them."""
    counts: Counter[str] = Counter()
    hosts: dict[str, set[str]] = {}
    runs: dict[str, set[str]] = {}
    for one in skips:
        reason = str(one.reason)
        counts[reason] += one.count
        runs.setdefault(reason, set()).update(f"run {run}" for run in one.runs)
        named = (
            {str(detail) for details in one.details.values() for detail in details}
            if one.level is Level.HOST
            else set()
        )
        hosts.setdefault(reason, set()).update(named)
    few = {reason: hosts[reason] or runs[reason] for reason in counts}
    return dict(counts), {reason: ", ".join(sorted(names)) for reason, names in few.items() if 0 < len(names) <= _FEW}
