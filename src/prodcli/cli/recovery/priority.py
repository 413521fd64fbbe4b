"""prodcli priority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.books.verbs import PRIORITY
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.batch import Batch
    from prodcli.books.actions import Target
    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli priority 20 --tag ana537_2025p010_v001 --runs 69600 69700 --dry-run"
Value = Annotated[
    int, typer.Argument(metavar="PRIORITY", min=-(2**31), max=2**31 - 1, help="A larger number starts sooner.")
]


@chooses_jobs
def priority(context: typer.Context, chosen: Choice, value: Value) -> None:
    """Change which jobs start first.

    The order holds among jobs of one user on one schedd. Jobs that are not materialized yet keep the priority of their
    cluster.
    """

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        made = verb_plan.leave_out(jobs, lambda job: job.substatus == "waiting", "not materialized yet")
        return Plan(made.jobs, made.left, {"priority": value})

    def act(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
        batch.edit_priority(schedd, [target.proc_id for target in targets], value)

    job_choice.run(context, chosen, Doing(PRIORITY, plan, act))
