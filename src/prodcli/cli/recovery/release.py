"""prodcli release."""

from __future__ import annotations

import typer

from prodcli.cli import options
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli release --tag ana537_2025p010_v001 --code 13 --dry-run"


@chooses_jobs
def release(
    context: typer.Context, chosen: JobOptions, user_holds: options.UserHolds = False, anyway: options.Anyway = False
) -> None:
    """Release held jobs.

    Jobs that a person put on hold stay held without --user-holds.
    """
    from prodcli.recovery import queue_verbs

    run_verb.run(context, chosen, lambda recovery: queue_verbs.release(recovery, user_holds), anyway)
