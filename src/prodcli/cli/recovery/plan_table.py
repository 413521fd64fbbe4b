"""A recovery verb's plan as a table, a line for jobs that are alike, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from prodcli.memory.advice import span

if TYPE_CHECKING:
    from prodcli.books.job_filter import BookedJob
    from prodcli.cli.output import Cell, Table
    from prodcli.recovery.recovery import Outcome
    from prodcli.recovery.verb_plan import Plan

EXAMPLES = 3  # jobs that a line names, and kinds that a question does


def groups_of(plan: Plan) -> list[tuple[tuple[Any, ...], list[tuple[BookedJob, int | None]]]]:
    """The jobs of a plan by tag, dsttype, state, hold code and schedd."""
    groups: dict[tuple[Any, ...], list[tuple[BookedJob, int | None]]] = {}
    for job, memory in plan.jobs:
        code = "" if job.hold_code is None else f"{job.hold_code}/{job.hold_subcode or 0}"
        groups.setdefault((job.tag, job.dsttype, job.state, code, job.schedd), []).append((job, memory))
    return sorted(groups.items())


def whole_table(plan: Plan, verb: str) -> Table:
    """The lines of all parts of a plan; with what is done with them, if that is not the same for all."""
    whole = table_of(plan)
    if not plan.more:
        return whole
    parts = [(verb, whole), *((doing.verb.name, table_of(part)) for part, doing in plan.more)]
    rows = [[name, *row] for name, table in parts for row in table.rows]
    return replace(whole, columns=["verb", *whole.columns], rows=rows)


def table_of(plan: Plan) -> Table:
    """A line for jobs that are alike."""
    from prodcli.cli.output import Table

    columns = ("tag", "dsttype", "state", "code", "schedd", "jobs", "asked MB", "used MB", "new MB", "examples")
    rows: list[list[Cell]] = []
    for key, jobs in groups_of(plan):
        asked, used = ([one for job, _ in jobs if (one := pick(job))] for pick in (_asked, _used))
        new = [memory for _, memory in jobs if memory is not None]
        named = ", ".join(f"{job.dbid} ({job.id})" for job, _ in jobs[:EXAMPLES])
        rows.append([*key, len(jobs), span(asked), span(used), span(new), named])
    return Table(columns, rows, narrow=frozenset({"code", "used MB", "new MB"}), shared=frozenset({"tag", "schedd"}))


def _asked(job: BookedJob) -> int | None:
    return job.memory_asked


def _used(job: BookedJob) -> int | None:
    return job.memory_used


def data_of(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    table = table_of(plan)
    return {
        "jobs": len(plan.jobs),
        "groups": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
        "dbids": [job.dbid for job, _ in plan.jobs],
        "left": dict(plan.left),
        "notes": list(plan.notes),
        "parameters": dict(plan.parameters),
    }


def done_of(plan: Plan, verb: str, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """A plan as JSON, with what came of its parts."""
    action = asdict(outcomes[verb]) if verb in outcomes else None
    more = [done_of(part, doing.verb.name, outcomes) for part, doing in plan.more]
    return {"verb": verb, **data_of(plan), "action": action} | ({"more": more} if more else {})
