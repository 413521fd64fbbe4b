"""The quality results of a report as names with a number or a word, as the books keep them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from prodcli.errors import one_line
from prodcli.names import is_text

_MOST = 100  # results of a job that the books keep one by one
_LONGEST_NAME, _LONGEST_WORD = 100, 300  # letters
_DEPTH = 5


def quality_values(text: str | None) -> list[dict[str, Any]]:
    """`name`, and `value` or `word`, of each result; inner objects give dotted names, lists are left out.

    A result without a value, which NaN becomes on its way, has neither. The first hundred are taken.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, value in _leaves("", json.loads(text) if text else {}, _DEPTH):
        if len(found) == _MOST:
            break
        found.setdefault(name, {"name": name, **_kept(value)})
    return list(found.values())


def _leaves(prefix: str, data: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        name = one_line(f"{prefix}{key}")
        if isinstance(value, dict) and depth:
            yield from _leaves(f"{name}.", value, depth - 1)
        elif not isinstance(value, list | dict) and is_text(name) and 0 < len(name) <= _LONGEST_NAME:
            yield name, value


def _kept(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"word": one_line(value[:_LONGEST_WORD])} if is_text(value) else {}
    if value is None or not math.isfinite(number := _float(value)):
        return {}
    return {"value": number}


def _float(value: float) -> float:
    """A number; true is 1."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
