"""prodcli park."""

from __future__ import annotations

import typer

from prodcli.cli import options
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli park --tag ana537_2025p010_v001 --code 34 --older-than 7d --dry-run"


@chooses_jobs
def park(context: typer.Context, chosen: JobOptions, user_holds: options.UserHolds = False) -> None:
    """Remove jobs from the queues, and keep them for later.

    The books say held and parked, and keep all that a new submission needs. Parked jobs block their outputs. `prodcli
    unpark` submits them again.
    """
    from prodcli.recovery.park import Park

    run_verb.run(context, chosen, lambda recovery: Park(recovery, user_holds=user_holds))
