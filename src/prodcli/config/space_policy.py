"""What a site says about its disks: how full a root may be, and what may go.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from prodcli.plain_values import as_word
from prodcli.sizes import parse_bytes
from prodcli.time_text import parse_age


def fractions(limits: Mapping[str, object], roots: Iterable[str]) -> Mapping[str, float]:
    """How full each root may be, by kind: a fraction above 0, at most 1. Raises ValueError for other values, KeyError for another root."""
    known = set(roots)
    for kind in limits:
        if kind not in known:
            raise KeyError(f"full_at.{kind}")
    return MappingProxyType({kind: _fraction(value, f"full_at.{kind}") for kind, value in limits.items()})


def _fraction(value: object, key: str) -> float:
    try:
        fraction = float(str(as_word(value)))
    except ValueError:
        fraction = 0.0
    if not 0 < fraction <= 1:
        raise ValueError(f"{key}: {value!r:.60} is not a fraction above 0 and at most 1, like 0.97")
    return fraction


@dataclass(frozen=True)
class CleanupPolicy:
    """What may go: outputs once others were made from them (dsttype by dsttype), and logs.

    `logs_after` is an age in seconds, `errors_above` a size in bytes; None keeps them all. `errors_how` is `cut` or `gzip`.
    """

    superseded: Mapping[str, str] = field(default_factory=dict)
    logs_after: int | None = None
    errors_above: int | None = None
    errors_how: str = "cut"

    @property
    def for_logs(self) -> bool:
        """True if the policy says something of logs."""
        return self.logs_after is not None or self.errors_above is not None


def cleanup_policy(data: Mapping[str, object], dsttypes: Iterable[str]) -> CleanupPolicy:
    """Read the key `cleanup` of a profile; raises ValueError for a bad value, KeyError for an unknown key or dsttype."""
    for key in data:
        if key not in _CLEANUP_KEYS:
            raise KeyError(f"cleanup.{key}")
    superseded, known = data.get("superseded", {}), set(dsttypes)
    if not isinstance(superseded, Mapping):
        raise ValueError(f"cleanup.superseded: {superseded!r:.60} is no mapping of dsttypes")
    for name in (str(one) for pair in superseded.items() for one in pair):
        if name not in known:
            raise KeyError(f"cleanup.superseded: {name}")
    how = str(data.get("errors_how", "cut"))
    if how not in _HOW:
        raise ValueError(f"cleanup.errors_how: {how!r:.60} is neither cut nor gzip")
    return CleanupPolicy(
        MappingProxyType({str(name): str(by) for name, by in superseded.items()}),
        _age(data["logs_after"]) if "logs_after" in data else None,
        _size(data["errors_above"]) if "errors_above" in data else None,
        how,
    )


_CLEANUP_KEYS = ("superseded", "logs_after", "errors_above", "errors_how")
_HOW = ("cut", "gzip")
_LEAST_AGE = 86_400  # logs of today are looked at
_LEAST_SIZE = 10_000


def _age(value: object) -> int:
    age = parse_age(str(as_word(value)))
    if age is None or age < _LEAST_AGE:
        raise ValueError(f"cleanup.logs_after: {value!r:.60} is not an age of a day or more, like 30d")
    return age


def _size(value: object) -> int:
    try:
        size = parse_bytes(str(as_word(value)), "M")
    except ValueError as failure:
        raise ValueError(f"cleanup.errors_above: {failure}") from None
    if size < _LEAST_SIZE:
        raise ValueError(f"cleanup.errors_above: {value!r:.60} is less than {_LEAST_SIZE} bytes")
    return size
