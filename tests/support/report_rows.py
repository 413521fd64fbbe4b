"""Rows of reports by their keys, and jobs that pass the filter of a report, as tests count them by hand."""

from collections.abc import Sequence
from typing import Any

from prodcli.books.filters import Filters
from prodcli.tables.table import Table
from tests.support.generated_books import BookedRow

PRODUCT = ("tag", "dsttype", "dataset")


def by_key(table: Table, keys: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of a table as mappings, by some of their cells, in the order of the table."""
    rows = [dict(zip(table.keys, row, strict=True)) for row in table.rows]
    return {tuple(row[key] for key in keys): row for row in rows}


def family(dsttype: str) -> str:
    """All leaves under the name of their dsttype."""
    return "DST_STREAMING_EVENT" if dsttype.startswith("DST_STREAMING_EVENT") else dsttype


def passes(job: BookedRow, filters: Filters, submitted: bool = False) -> bool:
    """True for a job of the product and the runs that a filter names; with `submitted` also since its time."""
    return (
        (not filters.tags or job.tag in filters.tags)
        and (not filters.dsttypes or job.dsttype.startswith(tuple(filters.dsttypes)))
        and (filters.runs is None or job.runnumber in filters.runs)
        and (not submitted or filters.since is None or (job.submitted is not None and job.submitted >= filters.since))
    )
