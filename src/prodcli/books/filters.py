"""The filter of a report: tags, dsttype, dataset, runs.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.runs.selection import RunSelection


def names_of(dsttypes: Sequence[str] | None, rules: Sequence[str] | None) -> dict[str, object]:
    """The bound values of dsttypes and rules; none means any."""
    return {
        "any_dsttype": int(not dsttypes),
        "dsttypes": [{"name": name} for name in dsttypes or ()],
        "any_rule": int(not rules),
        "rules": list(rules or ()),
    }


@dataclass(frozen=True)
class Filters:
    """The rows to count; None leaves a column free. `since` in seconds since 1970, UTC."""

    tags: Sequence[str] | None = None
    dsttypes: Sequence[str] | None = None
    rules: Sequence[str] | None = None
    runs: RunSelection | None = None
    since: int | None = None

    def values(self) -> dict[str, object]:
        """The bound values of the queries."""
        spans = self.runs.spans if self.runs else []
        return {
            **{
                "any_tag": int(not self.tags),
                "tags": list(self.tags or ()),
                **names_of(self.dsttypes, self.rules),
                "since": self.since,
            },
            **{"all_runs": 0 if self.runs else 1, "spans": [{"low": low, "high": high} for low, high in spans]},
        }
