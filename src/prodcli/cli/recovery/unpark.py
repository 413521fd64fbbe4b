"""prodcli unpark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_parked
from prodcli.cli.recovery.request_options import Cpus, Disk, Mem, Scale, disk_of, size_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.recovery.recovery import Recovery

EXAMPLE = "Example: prodcli unpark --tag ana537_2025p010_v001 --mem 16GB --dry-run"


@chooses_parked
def unpark(
    context: typer.Context,
    chosen: JobOptions,
    mem: Mem = None,
    scale_memory: Scale = None,
    disk: Disk = None,
    cpus: Cpus = None,
    schedd: options.Schedd = "",
    anyway: options.Anyway = False,
    maxqueued: options.MaxQueued = options.MAXQUEUED,
) -> None:
    """Submit parked jobs again, with other resources if needed.

    Each job becomes a new attempt from the description kept at parking, on its own schedd or on --schedd. Later changes
    of the rule do not matter.
    """
    from prodcli.recovery.resubmit_description import Resources
    from prodcli.recovery.unpark import Unpark
    from prodcli.submission.schedd_choice import ScheddChoice

    memory, requests = _memory(mem, scale_memory), Resources(disk=disk_of(disk), cpus=cpus)
    said = {"mem": mem, "scale_memory": scale_memory, "disk": disk, "cpus": cpus, "schedd": schedd}
    parameters = {key: value for key, value in said.items() if value}
    place = ScheddChoice(current(context).batch, schedd).next() if schedd else ""

    def make(recovery: Recovery) -> Unpark:
        return Unpark(
            recovery,
            memory=memory,
            requests=requests,
            schedd=place,
            maxqueued=maxqueued,
            parameters=parameters,
        )

    run_verb.run(context, chosen, make, anyway)


def _memory(mem: str | None, scale: float | None) -> int | float | None:
    """A size in MB, a factor, or None; raises UsageError for both."""
    if mem is not None and scale is not None:
        raise UsageError("say --mem or --scale-memory, not both", where="unpark")
    if scale is not None and not 0 < scale <= 100:
        raise UsageError("the factor must be above 0, and 100 at most", where="--scale-memory", todo="like 1.5")
    return scale if scale is not None else size_of(mem, "--mem")
