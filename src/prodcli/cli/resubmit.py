"""prodcli resubmit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import choosing, options
from prodcli.cli.choosing import Choice, Doing, Plan, chooses_jobs
from prodcli.cli.context import current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.cli.context import Session
    from prodcli.more_memory import Raise
    from prodcli.targets import TargetJob

EXAMPLE = "Example: prodcli resubmit --tag ana537_2025p010_v001 --ladder --max-mem 8192MB --dry-run"
Mem = Annotated[str | None, typer.Option("--mem", metavar="SIZE", help="Ask for so much: 8192MB, 8GB.")]
Scale = Annotated[
    float | None,
    typer.Option("--scale-memory", metavar="FACTOR", help="Ask for so many times the most that they ever asked for."),
]
Ladder = Annotated[bool, typer.Option("--ladder", help="Ask for the next step of the rule's request_memory.")]
Auto = Annotated[
    bool, typer.Option("--auto", help="Ask for what the peaks of finished jobs of their tag and dsttype support.")
]
MaxMem = Annotated[
    str | None, typer.Option("--max-mem", metavar="SIZE", help="Leave those alone that would need more.")
]
AnyHold = Annotated[bool, typer.Option("--any-hold", help="Also jobs that are held for something else than memory.")]


@chooses_jobs
def resubmit(
    context: typer.Context,
    chosen: Choice,
    mem: Mem = None,
    scale_memory: Scale = None,
    ladder: Ladder = False,
    auto: Auto = False,
    max_mem: MaxMem = None,
    any_hold: AnyHold = False,
    user_holds: options.UserHolds = False,
) -> None:
    """Give held jobs more memory where they are, and release them.

    They keep cluster and proc. Each change is a step of the job's attempt in the books, and the next one climbs from there.
    """
    from prodcli.deeds import raise_and_release

    wanted = _wanted(mem, scale_memory, ladder, auto, max_mem, any_hold)
    said = {
        "mem": mem,
        "scale_memory": scale_memory,
        "ladder": ladder,
        "auto": auto,
        "max_mem": max_mem,
        "any_hold": any_hold,
    }
    told = {key: value for key, value in said.items() if value}

    def plan(jobs: Sequence[TargetJob]) -> Plan:
        held = choosing.held(jobs, user_holds)
        return plan_raise(current(context), held, wanted, told)

    choosing.run(context, chosen, Doing("resubmit", plan, raise_and_release))


def _wanted(
    mem: str | None, scale: float | None, ladder: bool, auto: bool, max_mem: str | None, any_hold: bool
) -> Raise:
    from prodcli.more_memory import Raise

    if [mem is not None, scale is not None, ladder, auto].count(True) != 1:
        raise UsageError("say how much: one of --mem, --scale-memory, --ladder and --auto", where="resubmit")
    if scale is not None and not 1 < scale <= 100:
        raise UsageError("the factor must be above 1, and 100 at most", where="--scale-memory", todo="like 1.5")
    return Raise(size_of(mem, "--mem"), scale, ladder, size_of(max_mem, "--max-mem"), any_hold, {} if auto else None)


def plan_raise(session: Session, held: Plan, wanted: Raise, parameters: Mapping[str, object]) -> Plan:
    """The held jobs that get more memory; what peaks support is looked up for their kinds."""
    from prodcli.memory_use import supported
    from prodcli.more_memory import kind_of, raise_memory, told

    jobs = [job for job, _ in held.jobs]
    if wanted.support is not None:
        books = session.database("production_read", read_only=True)
        wanted = replace(wanted, support=supported(books, map(kind_of, jobs)))
    found, left = raise_memory(jobs, wanted)
    return Plan(found, held.left + left, parameters, told(found, wanted))


def size_of(text: str | None, option: str) -> int | None:
    """A size of the command line in MB; raises UsageError."""
    from prodcli.sizes import parse_mb

    try:
        return None if text is None else parse_mb(text)
    except ValueError as failure:
        raise UsageError(str(failure), where=option, todo="like 8192MB or 8GB") from None
