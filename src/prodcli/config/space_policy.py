"""What a site says about its disks: how full a root may be.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from prodcli.plain_values import as_word


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
