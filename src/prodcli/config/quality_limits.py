"""Limits of quality results: of a number the least and the largest, of a word those that are good.

Pure: data in, data out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from prodcli.names import did_you_mean

_KEYS = ("low", "high", "is")
_LONGEST = 100  # letters of a name or a word


@dataclass(frozen=True, slots=True)
class QualityLimit:
    """The limit of one quality result; None and empty: none."""

    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`10 to 50`, `at least 10`, `at most 50`, or the words."""
        if self.words:
            return ", ".join(self.words)
        if self.low is None or self.high is None:
            return f"at most {self.high:g}" if self.low is None else f"at least {self.low:g}"
        return f"{self.low:g} to {self.high:g}"

    def written(self) -> dict[str, Any]:
        """The limit as `quality_limits` reads it."""
        found = {"low": self.low, "high": self.high, "is": list(self.words) or None}
        return {key: value for key, value in found.items() if value is not None}


def quality_limits(terms: object) -> Mapping[str, QualityLimit]:
    """Limits by the name of the result, as `{tracks.mean: {low: 10, high: 50}, status: {is: [good]}}`; raises ValueError."""
    if not isinstance(terms, Mapping):
        raise ValueError("limits are a mapping of names, like {tracks.mean: {low: 10, high: 50}}")
    return {
        _name(name): limit if isinstance(limit, QualityLimit) else _limit(name, limit) for name, limit in terms.items()
    }


def quality_of_dsttypes(terms: Mapping[str, Any]) -> Mapping[str, Mapping[str, QualityLimit]]:
    """Read the key `quality` of a profile: limits by dsttype; raises ValueError that names the dsttype."""
    found = {}
    for dsttype, limits in terms.items():
        try:
            found[str(dsttype)] = quality_limits(limits)
        except ValueError as fault:
            raise ValueError(f"quality.{dsttype}: {fault}") from None
    return MappingProxyType(found)


def _name(name: object) -> str:
    if not _is_word(name):
        raise ValueError(f"{name!r:.60} is no name of a quality result")
    return str(name)


def _is_word(word: object) -> bool:
    return isinstance(word, str) and word.isprintable() and 0 < len(word) <= _LONGEST


def _limit(name: object, terms: object) -> QualityLimit:
    if not isinstance(terms, Mapping) or not terms:
        raise ValueError(f"{name}: write {{low: 10}}, {{low: 10, high: 50}} or {{is: [good]}}")
    for key in terms:
        if key not in _KEYS:
            raise ValueError(f"{name}.{key}: unknown key{did_you_mean(str(key), _KEYS)}")
    low, high = (_number(f"{name}.{key}", terms.get(key)) for key in ("low", "high"))
    words = _words(name, terms.get("is", ()))
    if words and (low is not None or high is not None):
        raise ValueError(f"{name}: a result is a number with low and high, or a word that is one of some")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{name}: low is above high")
    return QualityLimit(low, high, words)


def _number(place: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{place}: {value!r:.60} is no number")
    return float(value)


def _words(name: object, words: object) -> tuple[str, ...]:
    found = [words] if isinstance(words, str) else words
    if not isinstance(found, Sequence) or not all(map(_is_word, found)):
        raise ValueError(f"{name}.is: write the good words, like [good, fair]")
    return tuple(found)
