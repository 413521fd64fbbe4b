"""The jobs that an abort removes, as a table: a row for each rule, a column for each kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.abort.tag_jobs import KINDS
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.abort.abort import AbortPlan


def abort_table(plan: AbortPlan, *said: str) -> Table:
    """A row for each rule with jobs of the tag; notes about loops and parked jobs."""
    columns = (
        *(Column("rule", style="bold"), Column("dsttype", level=1)),
        *(Column(kind, kind=Kind.COUNT, drop_empty=True) for kind in KINDS),
        Column("jobs", kind=Kind.COUNT),
        Column("parked", kind=Kind.COUNT, level=1, drop_empty=True),
    )
    rows: list[list[Cell]] = [
        [one.rule, one.dsttype, *(one.kinds.get(kind, 0) for kind in KINDS), one.jobs, one.parked] for one in plan.rules
    ]
    title = f"Abort {plan.tag}: {counted(plan.jobs, 'job')} of {counted(len(plan.rules), 'rule')} to remove"
    return Table(columns, rows, title=title).noted(*_notes(plan), *said)


def _notes(plan: AbortPlan) -> list[str]:
    parked = sum(one.parked for one in plan.rules)
    return [
        *([] if plan.jobs else ["no job of the tag is in a queue; its rules are stopped all the same"]),
        *([f"{counted(parked, 'parked job')} stay parked"] if parked else []),
        *(f"{one.place} submits no more jobs of the tag, and goes on with others" for one in plan.loops),
    ]
