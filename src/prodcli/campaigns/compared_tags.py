"""Read what became of the jobs of two tags, run by run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prodcli.campaigns.tag_difference import TagDifference, tag_differences
from prodcli.errors import UsageError
from prodcli.names import did_you_mean
from prodcli.reports.known_names import known_tags

if TYPE_CHECKING:
    from prodcli.books.filters import Filters
    from prodcli.db import Database
    from prodcli.reports.folded_rows import Figures


def compared_tags(
    books: Database, first: str, second: str, filters: Filters, name: Callable[[str], str] = str
) -> list[TagDifference]:
    """Each dsttype of two tags, on the runs that both have; `filters` chooses dsttypes and runs.

    Raises UsageError for a tag without jobs, DatabaseError if the books cannot be read.
    """
    values = {**replace(filters, tags=[first, second]).values(), "first": first}
    rows = books.read(lambda tx: list(tx.rows_as(_row, "runs_of_tags", **values)))
    sides = {row["side"] for row in rows}
    require_tags(books, *(tag for side, tag in enumerate((first, second)) if side not in sides))
    return tag_differences(rows, name)


def require_tags(books: Database, *tags: str) -> None:
    """Raise UsageError for a tag that the overview of the books does not have."""
    known = known_tags(books) if tags else []
    for tag in tags:
        if tag not in known:
            hint = did_you_mean(tag, known) if known else ""
            raise UsageError(f"no job has the tag {tag!r:.80}{hint}", todo="prodcli campaign list shows all tags")


def _row(runs: str, **columns: Any) -> Figures:
    return {**columns, "runs": [int(run) for run in runs.split(",")]}
