"""What a pass tells its loop: lines of JSON through a pipe."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prodcli.automation.rule_result import RulePass, result_of


class Told(StrEnum):
    """What a line says beside the results of rules."""

    DOING = "doing"  # the rule and step that begin
    QUEUE = "queue"  # the jobs in the queues against the bounds
    ABOVE = "above"  # the queues are above the watermark
    FAULT = "fault"  # an edit that is invalid
    ALARM = "alarm"  # what people have to hear


@dataclass(frozen=True)
class Word:
    """A line that says one thing."""

    told: Told
    text: str

    def as_line(self) -> str:
        """The word as a line of JSON."""
        return json.dumps({self.told: self.text})


def heard(line: str) -> RulePass | Word | None:
    """What a line says; None for a line of another kind, like a warning on stderr."""
    result = result_of(line)
    if result is not None:
        return result
    try:
        said: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or len(said) != 1:
        return None
    ((kind, text),) = said.items()
    return Word(Told(kind), str(text)) if kind in set(Told) else None
