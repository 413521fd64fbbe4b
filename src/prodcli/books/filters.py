"""The filter of a report: tags, dsttype, dataset, runs.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class Filters:
    """The rows to count; None leaves a column free. `since` in seconds since 1970, UTC."""

    tags: Sequence[str] | None = None
    dsttype: str | None = None
    rule: str | None = None
    runs: RunSelection | None = None
    since: int | None = None

    def values(self) -> dict[str, object]:
        """The bound values of the queries."""
        spans = self.runs.spans if self.runs else []
        return {
            **{
                "any_tag": int(not self.tags),
                "tags": list(self.tags or ()),
                "dsttype": self.dsttype,
                "rule": self.rule,
                "since": self.since,
            },
            **{"all_runs": 0 if self.runs else 1, "spans": [{"low": low, "high": high} for low, high in spans]},
        }
