"""prodcli clear-held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.books.verbs import CLEAR_HELD
from prodcli.cli import options
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.batch import Batch
    from prodcli.books.actions import Target
    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli clear-held --tag ana537_2025p010_v001 --older-than 7d -n"


@chooses_jobs
def clear_held(context: typer.Context, chosen: Choice, user_holds: options.UserHolds = False) -> None:
    """Remove held jobs from the queues; the jobs become failed.

    The books keep the hold reason. Jobs that a person put on hold stay held without --user-holds.
    """

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        return verb_plan.held(jobs, user_holds)

    def act(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
        batch.remove(
            schedd, [target.proc_id for target in targets], f"prodcli clear-held: {chosen.reason}".rstrip(": ")
        )

    job_choice.run(context, chosen, Doing(CLEAR_HELD, plan, act))
