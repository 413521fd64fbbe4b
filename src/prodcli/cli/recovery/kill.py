"""prodcli kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.books.verbs import KILL
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.batch import Batch
    from prodcli.books.actions import Target

EXAMPLE = "Example: prodcli kill --tag ana537_2025p010_v001 --node spool0301 --dry-run"


@chooses_jobs
def kill(context: typer.Context, chosen: Choice) -> None:
    """Remove jobs from the queues.

    The books keep the rows, as failed and removed. The rows still block their outputs.
    """

    def act(batch: Batch, schedd: str, targets: Sequence[Target]) -> None:
        batch.remove(schedd, [target.proc_id for target in targets], f"prodcli kill: {chosen.reason}".rstrip(": "))

    job_choice.run(context, chosen, Doing(KILL, verb_plan.all_of, act))
