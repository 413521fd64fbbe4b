"""The reports of jobs as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.cli.times import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.job_reports.reported import ReportLine
    from prodcli.tables.table import Cell, Table

_COLUMNS = ("dbid", "attempt", "kind", "name", "when", "wall s", "CPU s", "memory MB", "text")


def report_table(lines: Sequence[ReportLine]) -> Table:
    """A line for each job as a whole, and for each of its phases, outputs and messages."""
    from prodcli.tables.table import Table

    rows: list[list[Cell]] = [
        [
            one.dbid,
            one.attempt,
            one.kind,
            one.name,
            said(one.at) if one.at is not None else "",
            *_spent(one),
            one.text or "",
        ]
        for one in lines
    ]
    return Table(_COLUMNS, rows, note="" if rows else "no report of these jobs is in the books")


def _spent(one: ReportLine) -> list[Cell]:
    memory = None if one.memory_kb is None else round(one.memory_kb / 1024)
    return [None if one.wall is None else round(one.wall, 1), None if one.cpu is None else round(one.cpu, 1), memory]
