"""The failures that a question is about.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from prodcli.books.filters import Filters
from prodcli.books.job_filter import escaped


@dataclass(frozen=True)
class FailureQuestion:
    """Conditions on failures; empty means any.

    `filters` has tags, dsttypes, rules, runs, and since when failures began; `until` is the first second after them, both in
    seconds since 1970. `signatures` are ids of signatures, `categories` those of the error catalog.
    """

    filters: Filters = field(default_factory=Filters)
    until: int | None = None
    nodes: Sequence[str] = ()
    signatures: Sequence[int] = ()
    categories: Sequence[str] = ()
    dbids: Sequence[int] = ()

    def values(self) -> dict[str, object]:
        """The bound values of the fragment CHOSEN_FAILURE."""
        return {
            **self.filters.values(),
            "until": self.until,
            "any_node": int(not self.nodes),
            "nodes": [{"name": escaped(node.casefold())} for node in self.nodes],
            "any_signature": int(not self.signatures),
            "signatures": list(self.signatures),
            "any_category": int(not self.categories),
            "categories": list(self.categories),
            "all_dbids": int(not self.dbids),
            "dbids": list(self.dbids),
        }
