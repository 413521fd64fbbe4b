"""The reports of jobs as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.job_reports.reported import ReportLine
    from prodcli.tables.table import Cell, Table


def report_table(lines: Sequence[ReportLine]) -> Table:
    """A line for each job as a whole, and for each of its phases, outputs and messages."""
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = [
        [
            one.dbid,
            one.attempt,
            one.kind,
            one.name,
            one.at,
            *_spent(one),
            one.text or "",
        ]
        for one in lines
    ]
    columns = (
        *(Column(key) for key in ("dbid", "attempt", "kind", "name")),
        Column("when", kind=Kind.AGO, level=2),
        Column("wall_s", "wall", Kind.DURATION, 1, drop_empty=True),
        Column("cpu_s", "CPU", Kind.DURATION, 1, drop_empty=True),
        Column("memory_mb", "memory", Kind.MEMORY, 1, drop_empty=True),
        Column("text", level=1),
    )
    return Table(columns, rows, note="" if rows else "no report of these jobs is in the books")


def _spent(one: ReportLine) -> list[Cell]:
    memory = None if one.memory_kb is None else round(one.memory_kb / 1024)
    return [None if one.wall is None else round(one.wall, 1), None if one.cpu is None else round(one.cpu, 1), memory]
