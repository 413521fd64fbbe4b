"""prodcli resubmit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery import run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_ended
from prodcli.cli.recovery.request_options import Cpus, Disk, MaxMem, Mem, Priority, Scale, disk_of, most_of, size_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.memory.requests import Raise
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.resubmit import Resubmit

EXAMPLE = "Example: prodcli resubmit --tag ana537_2025p010_v001 --ladder --max-mem 8192MB --dry-run"
Ladder = Annotated[bool, typer.Option("--ladder", help="Request the next step of the rule's memory ladder.")]
Auto = Annotated[
    bool,
    typer.Option(
        "--auto", help="Choose the memory by peaks of finished jobs, the ladder, or the memory that held jobs exceeded."
    ),
]
AnyHold = Annotated[bool, typer.Option("--any-hold", help="Also jobs that are held, or failed, not for memory.")]
Clone = Annotated[
    bool, typer.Option("--clone", help="Submit again from the rendered files: failed jobs, or jobs in --state.")
]
Sample = Annotated[
    float | None,
    typer.Option("--sample", metavar="FRACTION", help="Only a random part of the jobs, the same part each time: 0.1."),
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Only change jobs in the queue; clone no failed jobs.")]


@chooses_ended
def resubmit(
    context: typer.Context,
    chosen: JobOptions,
    mem: Mem = None,
    scale_memory: Scale = None,
    ladder: Ladder = False,
    auto: Auto = False,
    max_mem: MaxMem = None,
    any_hold: AnyHold = False,
    disk: Disk = None,
    cpus: Cpus = None,
    priority: Priority = None,
    sample: Sample = None,
    user_holds: options.UserHolds = False,
    clone: Clone = False,
    in_place: InPlace = False,
    anyway: options.Anyway = False,
    maxqueued: options.MaxQueued = options.MAXQUEUED,
) -> None:
    """Give held jobs more memory; submit failed jobs again.

    Held jobs get more memory in the queue and are released: they keep cluster and proc, and the books add a step to
    their attempt. Failed jobs, and with --clone held jobs too, are submitted again from their rendered files, as a new
    attempt.
    """
    from prodcli.recovery.resubmit import Resubmit
    from prodcli.recovery.resubmit_description import Resources

    wanted = _wanted(mem, scale_memory, ladder, auto, most_of(current(context), max_mem), any_hold)
    said = {"mem": mem, "scale_memory": scale_memory, "ladder": ladder, "auto": auto, "max_mem": max_mem}
    given = {key: value for key, value in (("disk", disk), ("cpus", cpus), ("priority", priority)) if value is not None}
    parameters = {key: value for key, value in (*said.items(), ("any_hold", any_hold)) if value} | given
    requests = Resources(disk=disk_of(disk), cpus=cpus, priority=priority)

    def make(recovery: Recovery) -> Resubmit:
        verb = Resubmit(
            recovery,
            wanted=wanted,
            states=chosen.wanted.states,
            clone=clone,
            user_holds=user_holds,
            requests=requests,
            maxqueued=maxqueued,
            parameters=parameters,
        )
        _require_sense(verb, in_place)
        return verb

    run_verb.run(context, chosen.sampled(sample), make, anyway)


def _require_sense(verb: Resubmit, in_place: bool) -> None:
    """Raise UsageError for options that contradict each other."""
    from prodcli.recovery.resubmit_description import Resources
    from prodcli.verbs import FAILED, QUEUED

    if in_place and (verb.clone or FAILED in verb.places):
        raise UsageError("only jobs in a queue can be changed in place", where="--in-place", todo="say --clone")
    if QUEUED in verb.places and not verb.clone and verb.requests != Resources():
        how = "only jobs that are submitted again get other cores, disk or priority"
        raise UsageError(how, where="resubmit", todo="say --clone; prodcli priority changes jobs in a queue")
    if QUEUED in verb.places and not verb.clone and verb.wanted is None:
        how = "no memory is given: say one of --mem, --scale-memory, --ladder and --auto"
        raise UsageError(how, where="resubmit", todo="with --clone the memory may stay as it is")


def _wanted(
    mem: str | None, scale: float | None, ladder: bool, auto: bool, most: int | None, any_hold: bool
) -> Raise | None:
    from prodcli.memory.requests import Raise

    said = [mem is not None, scale is not None, ladder, auto].count(True)
    if said > 1:
        raise UsageError("no memory is given: say one of --mem, --scale-memory, --ladder and --auto", where="resubmit")
    if scale is not None and not 1 < scale <= 100:
        raise UsageError("the factor must be above 1, and 100 at most", where="--scale-memory", todo="like 1.5")
    if not said:
        return None
    return Raise(size_of(mem, "--mem"), scale, ladder, most, any_hold, {} if auto else None)
