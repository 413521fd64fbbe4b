"""prodcli clear-held."""

from __future__ import annotations

import typer

from prodcli.cli import options
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli clear-held --tag ana537_2025p010_v001 --older-than 7d -n"


@chooses_jobs
def clear_held(context: typer.Context, chosen: JobOptions, user_holds: options.UserHolds = False) -> None:
    """Remove held jobs from the queues; the jobs become failed.

    The books keep the hold reason. Jobs that a person put on hold stay held without --user-holds.
    """
    from prodcli.recovery import queue_verbs

    run_verb.run(context, chosen, lambda recovery: queue_verbs.clear_held(recovery, user_holds))
