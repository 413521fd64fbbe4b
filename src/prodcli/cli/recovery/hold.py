"""prodcli hold."""

from __future__ import annotations

import typer

from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli hold --tag ana537_2025p010_v001 --state submitted --dry-run"


@chooses_jobs
def hold(context: typer.Context, chosen: JobOptions) -> None:
    """Put jobs on hold.

    Running jobs lose their work so far. `release` needs --user-holds to release them again.
    """
    from prodcli.recovery import queue_verbs

    run_verb.run(context, chosen, queue_verbs.hold)
