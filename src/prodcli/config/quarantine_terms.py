"""What a site says of outputs that are far from the usual.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prodcli.plain_values import whole_number


@dataclass(frozen=True, slots=True)
class QuarantineTerms:
    """When an output is far outside: so many standard deviations from at least `minimum` registered files of its dsttype.

    A deviation counts as at least `least`, a part of the usual value. `minimum` 0: no output is.
    """

    minimum: int = 0
    deviations: float = 20.0
    least: float = 0.05


def quarantine_terms(terms: Mapping[str, Any]) -> QuarantineTerms:
    """Read the key `quarantine` of a profile; raises KeyError for an unknown key, ValueError for a bad value."""
    default = QuarantineTerms()
    for key in sorted(set(terms) - {"minimum", "deviations", "least"}):
        raise KeyError(f"quarantine.{key}")
    deviations, least = (float(terms.get(key, getattr(default, key))) for key in ("deviations", "least"))
    if not (0 < deviations <= 1000 and 0 < least <= 1):
        raise ValueError("quarantine: deviations up to 1000 and least up to 1 are allowed")
    try:
        minimum = whole_number(terms.get("minimum", default.minimum))
    except ValueError as err:
        raise ValueError(f"quarantine.minimum: {err}") from None
    return QuarantineTerms(minimum, deviations, least)
