"""prodcli kill."""

from __future__ import annotations

import typer

from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli kill --tag ana537_2025p010_v001 --node spool0301 --dry-run"


@chooses_jobs
def kill(context: typer.Context, chosen: JobOptions) -> None:
    """Remove jobs from the queues.

    The books keep the rows, as failed and removed. The rows still block their outputs.
    """
    from prodcli.recovery import queue_verbs

    run_verb.run(context, chosen, queue_verbs.kill)
