"""prodcli priority."""

from __future__ import annotations

from typing import Annotated

import typer

from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_jobs

EXAMPLE = "Example: prodcli priority 20 --tag ana537_2025p010_v001 --runs 69600 69700 --dry-run"
Value = Annotated[
    int, typer.Argument(metavar="PRIORITY", min=-(2**31), max=2**31 - 1, help="A larger number starts sooner.")
]


@chooses_jobs
def priority(context: typer.Context, chosen: JobOptions, value: Value) -> None:
    """Change which jobs start first.

    The order holds among jobs of one user on one schedd. Jobs that are not materialized yet keep the priority of their
    cluster.
    """
    from prodcli.recovery import queue_verbs

    run_verb.run(context, chosen, lambda recovery: queue_verbs.priority(recovery, value))
