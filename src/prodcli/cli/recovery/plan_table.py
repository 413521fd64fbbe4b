"""The plan of a recovery verb as a table, a line for similar jobs, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from prodcli.memory.advice import span
from prodcli.tables.table import Cell, Table

if TYPE_CHECKING:
    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.preview import JobGroup, Preview
    from prodcli.recovery.recovery_plan import RecoveryPlan

_COLUMNS = ("tag", "dsttype", "state", "code", "schedd", "jobs", "asked MB", "used MB", "new MB", "examples")


def table_of(preview: Preview) -> Table:
    """A line for similar jobs; with the verb, if the parts of the plan have different verbs."""
    several = len(preview.parts) > 1
    rows = [[*([part.name] if several else []), *_row(group)] for part in preview.parts for group in part.groups]
    columns = ("verb", *_COLUMNS) if several else _COLUMNS
    narrow, shared = frozenset({"code", "used MB", "new MB"}), frozenset({"tag", "schedd"})
    return Table(columns, rows, narrow=narrow, shared=shared)


def data_of(plan: RecoveryPlan, outcome: RecoveryOutcome | None = None) -> dict[str, Any]:
    """A plan as JSON, with the outcome of its parts."""
    first, *more = [
        {"verb": name, **part_data(part), "action": _action(outcome, name)} for name, part in plan.parts.items()
    ]
    return first | ({"more": more} if more else {})


def part_data(plan: RecoveryPlan) -> dict[str, Any]:
    """A part of a plan as JSON."""
    part = plan.preview.parts[0]
    return {
        "jobs": part.jobs,
        "groups": [dict(zip(_COLUMNS, _row(group), strict=True)) for group in part.groups],
        "dbids": [job.dbid for job, _ in plan.jobs],
        "left": dict(plan.left),
        "more_match": plan.over,
        "notes": list(plan.notes),
        "parameters": dict(plan.parameters),
    }


def _row(group: JobGroup) -> list[Cell]:
    what: list[Cell] = [group.tag, group.dsttype, group.state, group.code, group.schedd, len(group.jobs)]
    return [*what, span(group.asked), span(group.used), span(group.new), group.examples]


def _action(outcome: RecoveryOutcome | None, name: str) -> dict[str, Any] | None:
    action = outcome.actions.get(name) if outcome else None
    return None if action is None else asdict(action)
