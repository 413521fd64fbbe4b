"""prodcli unpark."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.books.verbs import UNPARK
from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_parked
from prodcli.cli.recovery.resubmit import UNCHANGED, Mem, resubmitter, size_of
from prodcli.errors import UsageError
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli unpark --tag ana537_2025p010_v001 --mem 16GB --dry-run"
GONE = "the books keep no description of them"
Scale = Annotated[
    float | None,
    typer.Option("--scale-memory", metavar="FACTOR", help="Request the largest memory so far, times this."),
]
Disk = Annotated[str | None, typer.Option("--disk", metavar="SIZE", help="Request this much disk: 20GB.")]
Cpus = Annotated[int | None, typer.Option("--cpus", min=1, help="Request this many cores.")]


@chooses_parked
def unpark(
    context: typer.Context,
    chosen: Choice,
    mem: Mem = None,
    scale_memory: Scale = None,
    disk: Disk = None,
    cpus: Cpus = None,
    schedd: options.Schedd = "",
    maxqueued: options.MaxQueued = options.MAXQUEUED,
) -> None:
    """Submit parked jobs again, with other resources if needed.

    Each job becomes a new attempt from the description kept at parking, on its own schedd or on --schedd. Later changes
    of the rule do not matter.
    """
    from prodcli.submission.schedd_choice import ScheddChoice

    session = current(context)
    memory, size = _memory(mem, scale_memory), _disk(disk)
    said = {"mem": mem, "scale_memory": scale_memory, "disk": disk, "cpus": cpus, "schedd": schedd}
    place = ScheddChoice(session.batch, schedd).next() if schedd else ""
    acts = resubmitter(session, chosen, maxqueued, place, size, cpus).unpark

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        return _plan(session, jobs, memory, {key: value for key, value in said.items() if value})

    job_choice.run(context, chosen, Doing(UNPARK, plan, acts=acts, places=("parked",)))


def _memory(mem: str | None, scale: float | None) -> int | float | None:
    """A size in MB, a factor, or nothing."""
    if mem is not None and scale is not None:
        raise UsageError("say --mem or --scale-memory, not both", where="unpark")
    if scale is not None and not 0 < scale <= 100:
        raise UsageError("the factor must be above 0, and 100 at most", where="--scale-memory", todo="like 1.5")
    return scale if scale is not None else size_of(mem, "--mem")


def _disk(text: str | None) -> int | None:
    from prodcli.sizes import parse_kb

    try:
        return None if text is None else parse_kb(text)
    except ValueError as failure:
        raise UsageError(str(failure), where="--disk", todo="like 20GB") from None


def _plan(
    session: Session, jobs: Sequence[BookedJob], memory: int | float | None, parameters: Mapping[str, object]
) -> Plan:
    from prodcli.recovery.stored_submissions import in_books

    database = session.database("production", read_only=True)
    there = {dbid for one in in_books(database, [job.dbid for job in jobs]) for dbid in one.items}
    fit = [(job, _asked(job, memory)) for job in jobs if job.dbid in there]
    notes = [UNCHANGED] if fit and memory is None else []
    return Plan(fit, +Counter({GONE: len(jobs) - len(fit)}), parameters, notes)


def _asked(job: BookedJob, memory: int | float | None) -> int | None:
    if isinstance(memory, float):
        return None if job.climbs_from is None else math.ceil(job.climbs_from * memory)
    return job.climbs_from if memory is None else memory
