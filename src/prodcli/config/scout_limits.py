"""From where on scouts say stop: a site's limits for measures that a rule has no limit for.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScoutLimits:
    """The most failed of ended scouts in percent; the most times the CPU and the size per event of an earlier tag.

    `kept` is the least part of the share of events that the earlier tag kept.
    """

    failed: float = 10.0
    cpu: float = 1.5
    size: float = 1.5
    kept: float = 0.9


_RANGES = {"failed": (0.0, 100.0), "cpu": (1.0, 1000.0), "size": (1.0, 1000.0), "kept": (0.0, 1.0)}


def scout_limits(terms: Mapping[str, Any]) -> ScoutLimits:
    """Read the key `scouts` of a profile; raises KeyError for an unknown key, ValueError for a value out of its range."""
    for key in sorted(set(terms) - set(_RANGES)):
        raise KeyError(f"scouts.{key}")
    limits = ScoutLimits(**{key: _number(key, value) for key, value in terms.items()})
    for key, value in asdict(limits).items():
        low, high = _RANGES[key]
        if not low <= value <= high:
            raise ValueError(f"scouts.{key}: {low:g} to {high:g} is allowed")
    return limits


def _number(key: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise ValueError(f"scouts.{key}: {value!r:.60} is no number") from None
