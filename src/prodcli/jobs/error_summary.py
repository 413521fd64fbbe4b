"""The errors of jobs by kind: state, hold code or exit code, and the reason with numbers, hosts and paths masked.

Pure: data in, data out.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from prodcli.batch.hold_codes import meaning_of
from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.cluster_key import error_key
from prodcli.jobs.attributes import ERROR
from prodcli.jobs.conditions import OPTION, written


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """The number of jobs in trouble for one reason; times in seconds since 1970, memory in MB, `example` a dbid."""

    state: str | None
    hold_code: str | None
    exit_code: int | None
    reason: str | None
    jobs: int
    first: int | None
    last: int | None
    example: int
    asked_min: int | None
    asked_max: int | None
    used_min: int | None
    used_max: int | None


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """A kind of error: its key for `--where error=KEY`, the masked reason, and what its jobs have in common."""

    key: str
    text: str
    count: ErrorCount

    @property
    def kind(self) -> str:
        """`held 34/102`, `failed exit 1`, `lost`."""
        state, code = self.count.state or "unknown", self.count.hold_code
        if state == "failed" and self.count.exit_code is not None:
            code = f"exit {self.count.exit_code}"
        return f"{state} {code}" if code else state

    @property
    def name(self) -> str:
        """State, codes and key, which tell it apart from all others."""
        return error_name(self.count.state, self.count.hold_code, self.count.exit_code, self.text)

    @property
    def meaning(self) -> str:
        """The meaning of a hold code in words; empty for other errors."""
        code, _, subcode = (self.count.hold_code or "").partition("/")
        hold = meaning_of(int(code), int(subcode or 0), self.count.reason) if code else None
        return hold.meaning.rpartition(" (")[0] if hold else ""

    @property
    def options(self) -> str:
        """The options that choose its jobs."""
        count = self.count
        code = None if count.exit_code is None else str(count.exit_code)
        values = {"state": count.state, "hold_code": count.hold_code, "exit_code": code, ERROR: self.key}
        return shlex.join([OPTION, *(written(key, value) for key, value in values.items())])


def error_name(state: str | None, hold_code: str | None, exit_code: int | None, text: str) -> str:
    """What tells an error apart: `held 34/102 2ffdb`, `failed exit 1`; `text` is its masked reason."""
    code = None if exit_code is None else f"exit {exit_code}"
    return " ".join(filter(None, (state or "unknown", hold_code, code, error_key(text))))


def error_lines(counts: Iterable[ErrorCount]) -> list[ErrorLine]:
    """Errors with the same state, codes and masked reason together, the most frequent first."""
    found: dict[tuple[object, ...], ErrorLine] = {}
    for one in counts:
        text = signature(one.reason)
        key = (one.state, one.hold_code, one.exit_code, text)
        known = found.get(key)
        found[key] = ErrorLine(error_key(text), text, one if known is None else _together(known.count, one))
    return sorted(found.values(), key=lambda line: (-line.count.jobs, line.kind, line.text))


def _together(one: ErrorCount, other: ErrorCount) -> ErrorCount:
    newer = max(one, other, key=lambda count: count.example)
    return replace(
        newer,
        jobs=one.jobs + other.jobs,
        first=_least(one.first, other.first),
        last=_most(one.last, other.last),
        asked_min=_least(one.asked_min, other.asked_min),
        asked_max=_most(one.asked_max, other.asked_max),
        used_min=_least(one.used_min, other.used_min),
        used_max=_most(one.used_max, other.used_max),
    )


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _most(*values: int | None) -> int | None:
    return max((value for value in values if value is not None), default=None)
