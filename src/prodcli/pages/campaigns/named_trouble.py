"""What is missing of a campaign, and why: errors by the names that the page of failures has for them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.jobs.job_tables import error_table
from prodcli.pages import links
from prodcli.pages.page_table import MISSED_BY_NOBODY, Row
from prodcli.tables.table import Cell, Column, Table

if TYPE_CHECKING:
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.jobs.named_errors import NamedError

_LINKED = "signature"  # the column that people do not see


def trouble_table(found: Sequence[NamedError], catalog: ErrorCatalog, since: int) -> Table:
    """A row for each kind of error and signature; `since` is when the time began that the page of failures is about."""
    table = error_table([one.line for one in found])
    place = table.keys.index("error") + 1
    columns = [*table.columns]
    columns[place:place] = [Column("cause", drop_empty=True), Column(_LINKED, level=MISSED_BY_NOBODY)]
    rows: list[list[Cell]] = []
    for one, row in zip(found, table.rows, strict=True):
        cause = one.signature.called(catalog.get(one.signature.entry)) if one.signature else None
        cells = ["" if key == "reason" and cell == cause else cell for key, cell in zip(table.keys, row, strict=True)]
        shown = one.signature.id if one.signature and (one.newest or 0) >= since else None
        rows.append([*cells[:place], cause, shown, *cells[place:]])
    return replace(table, columns=columns, rows=rows)


def link_of_cause(key: str, row: Row) -> str:
    """The signature on the page of failures, if it is there."""
    shown = key == "cause" and row[_LINKED] is not None
    return links.rows(links.FAILURES, "signatures", key=row[_LINKED]) if shown else ""
