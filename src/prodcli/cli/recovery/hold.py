"""prodcli hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.books.verbs import HOLD
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.batch import Batch
    from prodcli.books.actions import Target
    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli hold --tag ana537_2025p010_v001 --state submitted --dry-run"
NOT_MADE = "not materialized yet (condor_hold CLUSTER stops their making)"


@chooses_jobs
def hold(context: typer.Context, chosen: Choice) -> None:
    """Put jobs on hold.

    Running jobs lose their work so far. `release` needs --user-holds to release them again.
    """

    def act(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
        batch.hold(schedd, [target.proc_id for target in targets], f"prodcli hold: {chosen.reason}".rstrip(": "))

    job_choice.run(context, chosen, Doing(HOLD, _free, act))


def _free(jobs: Sequence[BookedJob]) -> Plan:
    free = verb_plan.leave_out(jobs, lambda job: job.status == "held", "held already")
    made = verb_plan.leave_out([job for job, _ in free.jobs], lambda job: job.substatus == "waiting", NOT_MADE)
    return Plan(made.jobs, free.left + made.left, {})
