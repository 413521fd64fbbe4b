"""prodcli release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.books.verbs import RELEASE
from prodcli.cli import options
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli release --tag ana537_2025p010_v001 --code 13 --dry-run"


@chooses_jobs
def release(context: typer.Context, chosen: Choice, user_holds: options.UserHolds = False) -> None:
    """Release held jobs.

    Jobs that a person put on hold stay held without --user-holds.
    """
    from prodcli.recovery import queue_actions

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        return verb_plan.held(jobs, user_holds)

    job_choice.run(context, chosen, Doing(RELEASE, plan, queue_actions.release))
