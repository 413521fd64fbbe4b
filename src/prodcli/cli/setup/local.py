"""`prodcli local`: execute the jobs of the local batch."""

import os
from typing import Annotated

import typer

from prodcli.errors import ConfigError

app = typer.Typer(help="Run the jobs of the local batch (try-outs, testbeds, tests).", no_args_is_help=True)


@app.command(epilog="Example: prodcli local run --slots 4 --drain")
def run(
    context: typer.Context,
    slots: Annotated[
        int | None,
        typer.Option("--slots", min=1, help="Most jobs at the same time.", show_default="processors of this machine"),
    ] = None,
    drain: Annotated[bool, typer.Option("--drain", help="End when no job is idle or running.")] = False,
) -> None:
    """Run queued jobs of the local batch until Ctrl-C."""
    from prodcli.batch.local.batch import LocalBatch
    from prodcli.batch.local.runner import run as run_jobs
    from prodcli.cli.context import current

    show, batch = current(context).summarize, current(context).batch
    if not isinstance(batch, LocalBatch):
        raise ConfigError(
            f"the batch system is {batch.capabilities.name}, not local", todo="prodcli.yaml: batch: {system: local}"
        )
    done = run_jobs(batch, slots or os.cpu_count() or 1, drain)
    show(f"{done.started} started, {done.finished} finished, {done.failed} failed, {done.held} held")
