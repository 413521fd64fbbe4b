"""The plan of a recovery verb: a row for similar jobs, a row for each job, and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.preview import Family, JobGroup, Preview
    from prodcli.recovery.recovery_plan import RecoveryPlan

_MOST = 10  # rows on a terminal


def _range(name: str, level: int) -> tuple[Column, Column]:
    low, high = f"{name}_min_mb", f"{name}_max_mb"
    return Column(low, name, Kind.MEMORY, level, drop_empty=True, to=high), Column(high, kind=Kind.MEMORY)


_VERB = Column("verb")
_COLUMNS = (
    Column("jobs", kind=Kind.COUNT),
    Column("tag"),
    Column("dsttype"),
    Column("state"),
    Column("code", drop_empty=True, level=2),
    Column("reason", drop_empty=True, level=1),
    *_range("asked", level=1),
    *_range("new", level=0),
    *_range("used", level=1),
)


def table_of(preview: Preview, for_people: bool = True) -> Table:
    """A row for similar jobs; people see verb, tag and new memory only where they tell rows apart."""
    columns = [_VERB, *_COLUMNS]
    rows = [[part.verb.name, *_row(group)] for part in preview.parts for group in part.groups]
    raises = any(group.new for part in preview.parts for group in part.groups)
    said = {"verb": len(preview.parts) > 1, "tag": len(preview.tags) > 1, "new_min_mb": raises, "new_max_mb": raises}
    kept = [i for i, column in enumerate(columns) if said.get(column.key, True) or not for_people]
    return Table([columns[i] for i in kept], [[row[i] for i in kept] for row in rows], title=preview.title, most=_MOST)


def jobs_table(plan: RecoveryPlan) -> Table:
    """A row for each job of a plan."""
    columns = (
        Column("dbid"), Column("job"), Column("run"), Column("segment"), Column("dsttype", level=2),
        Column("state", level=1), Column("asked_mb", "asked", Kind.MEMORY, level=1, drop_empty=True),
        Column("new_mb", "new", Kind.MEMORY, level=1, drop_empty=True),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [job.dbid, job.id, job.run, job.segment, job.dsttype, job.state, job.memory_asked, memory]
        for part in plan.parts.values()
        for job, memory in part.jobs
    ]
    return Table(columns, rows)


def data_of(plan: RecoveryPlan, family: Family, outcome: RecoveryOutcome | None = None) -> dict[str, Any]:
    """A plan as JSON, with the outcome of its parts."""
    first, *more = [
        {"verb": name, **_part_data(part, family), "action": _action(outcome, name)}
        for name, part in plan.parts.items()
    ]
    return first | ({"more": more} if more else {})


def _part_data(plan: RecoveryPlan, family: Family) -> dict[str, Any]:
    """A part of a plan as JSON."""
    part = plan.preview(family).parts[0]
    keys = [column.key for column in _COLUMNS]
    return {
        "jobs": part.jobs,
        "groups": [dict(zip(keys, _row(group), strict=True)) for group in part.groups],
        "dbids": [job.dbid for job, _ in plan.jobs],
        "left": dict(plan.left),
        "more_match": plan.over,
        "notes": [*plan.lacks, *plan.notes],
        "parameters": dict(plan.parameters),
    }


def _row(group: JobGroup) -> list[Cell]:
    return [len(group.jobs), *group.key, *_ends(group.asked), *_ends(group.new), *_ends(group.used)]


def _ends(sizes: Sequence[int]) -> tuple[int | None, int | None]:
    return (min(sizes), max(sizes)) if sizes else (None, None)


def _action(outcome: RecoveryOutcome | None, name: str) -> dict[str, Any] | None:
    action = outcome.actions.get(name) if outcome else None
    return None if action is None else asdict(action)
