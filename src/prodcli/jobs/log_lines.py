"""Lines of log files: which of them speak of errors, and which are wanted.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from prodcli.diagnosis.signatures import speaks_of_trouble
from prodcli.errors import UsageError

_WARNING = re.compile(r"(?i)\bwarn(?:ing)?\b")


class Severity(IntEnum):
    """How bad a line sounds."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a file by its number, from 1 on; 0 where only the end of the file was read."""

    number: int
    text: str
    severity: Severity


@dataclass(frozen=True)
class Wanted:
    """Which lines are wanted: those that a pattern finds, at least so severe, and of these the last `tail`."""

    tail: int = 50
    pattern: re.Pattern[str] | None = None
    severity: Severity = Severity.INFO

    @property
    def is_whole(self) -> bool:
        """True if the whole file must be read, and not its end alone."""
        return self.pattern is not None or self.severity > Severity.INFO


def severity_of(text: str) -> Severity:
    """How bad a line sounds; a line that calls itself a warning is one, whatever else it says."""
    if _WARNING.search(text):
        return Severity.WARNING
    return Severity.ERROR if speaks_of_trouble(text) else Severity.INFO


def wanted_lines(texts: Iterable[str], wanted: Wanted, numbered: bool) -> list[LogLine]:
    """The wanted lines of a file, in their order."""
    kept: deque[LogLine] = deque(maxlen=wanted.tail)
    for number, text in enumerate(texts, start=1):
        if wanted.pattern is not None and not wanted.pattern.search(text):
            continue
        severity = severity_of(text)
        if severity >= wanted.severity:
            kept.append(LogLine(number if numbered else 0, text, severity))
    return list(kept)


def parse_pattern(text: str) -> re.Pattern[str]:
    """A regular expression; small letters find large ones, too. Raises UsageError for another text."""
    try:
        return re.compile(text, re.IGNORECASE if text == text.lower() else 0)
    except re.error as failure:
        raise UsageError(f"{text!r:.60} is no regular expression: {failure}", where="--grep") from None
