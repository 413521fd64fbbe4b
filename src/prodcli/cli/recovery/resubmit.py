"""prodcli resubmit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.books.verbs import CLONE, RESUBMIT
from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_ended
from prodcli.errors import UsageError
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.books.job_filter import BookedJob
    from prodcli.cli.context import Session
    from prodcli.memory.requests import Raise
    from prodcli.recovery.resubmit import Resubmitter

EXAMPLE = "Example: prodcli resubmit --tag ana537_2025p010_v001 --ladder --max-mem 8192MB --dry-run"
Mem = Annotated[str | None, typer.Option("--mem", metavar="SIZE", help="Request this much memory: 8192MB, 8GB.")]
Scale = Annotated[
    float | None,
    typer.Option("--scale-memory", metavar="FACTOR", help="Request the largest memory so far, times this."),
]
Ladder = Annotated[bool, typer.Option("--ladder", help="Request the next step of the rule's memory ladder.")]
Auto = Annotated[
    bool,
    typer.Option(
        "--auto", help="Choose the memory by peaks of finished jobs, the ladder, or the memory that held jobs exceeded."
    ),
]
MaxMem = Annotated[str | None, typer.Option("--max-mem", metavar="SIZE", help="Park jobs that need more memory.")]
AnyHold = Annotated[bool, typer.Option("--any-hold", help="Also jobs that are held, or failed, not for memory.")]
Clone = Annotated[
    bool, typer.Option("--clone", help="Submit again from the rendered files: failed jobs, or jobs in --state.")
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Only change jobs in the queue; clone no failed jobs.")]
UNCHANGED = "their memory stays as it is: the most that they ever asked for"


@chooses_ended
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
    clone: Clone = False,
    in_place: InPlace = False,
    maxqueued: options.MaxQueued = options.MAXQUEUED,
) -> None:
    """Give held jobs more memory; submit failed jobs again.

    Held jobs get more memory in the queue and are released: they keep cluster and proc, and the books add a step to
    their attempt. Failed jobs, and with --clone held jobs too, are submitted again from their rendered files, as a new
    attempt.
    """
    session = current(context)
    wanted = _wanted(mem, scale_memory, ladder, auto, most_of(session, max_mem), any_hold)
    modes = replace(_modes(chosen, wanted is not None, clone, in_place), user_holds=user_holds, maxqueued=maxqueued)
    said = {"mem": mem, "scale_memory": scale_memory, "ladder": ladder, "auto": auto, "max_mem": max_mem}
    parameters = {key: value for key, value in (*said.items(), ("any_hold", any_hold)) if value}
    chosen = replace(chosen, wanted=replace(chosen.wanted, states=modes.states))
    job_choice.run(context, chosen, doing_for(session, chosen, modes, wanted, parameters))


@dataclass(frozen=True)
class Modes:
    """What is to be done with whom: the states that are meant, where the books have such jobs, if held ones are cloned, also
    those that a person held, and how many jobs the queue may have then.
    """

    states: Sequence[str]
    places: Sequence[str]
    clone: bool
    user_holds: bool = False
    maxqueued: int = options.MAXQUEUED

    @property
    def only_anew(self) -> bool:
        """True if nothing can be done where jobs are."""
        return self.clone or "queued" not in self.places


def _modes(chosen: Choice, more: bool, clone: bool, in_place: bool) -> Modes:
    from prodcli.books.job_filter import ENDED

    states = chosen.wanted.states or (["failed"] if clone else [])
    ended = [state for state in states if state in ENDED]
    queued = not states or len(ended) < len(states)
    if in_place and (clone or ended):
        raise UsageError("only jobs in a queue can be changed where they are", where="--in-place", todo="say --clone")
    if queued and not clone and not more:
        how = "say how much: one of --mem, --scale-memory, --ladder and --auto"
        raise UsageError(how, where="resubmit", todo="with --clone the memory may stay as it is")
    return Modes(states, [*(["queued"] if queued else []), *(["failed"] if ended else [])], clone)


def doing_for(
    session: Session, chosen: Choice, modes: Modes, wanted: Raise | None, parameters: Mapping[str, object]
) -> Doing:
    """What is done with held jobs where they are, with those that are submitted again, and with those to be parked."""
    from prodcli.cli.recovery.park import parking_of
    from prodcli.recovery.queue_actions import raise_and_release

    again = Doing(CLONE, verb_plan.all_of, acts=resubmitter(session, chosen, modes.maxqueued).clone)
    park = parking_of(session, chosen)

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        queued = verb_plan.held([job for job in jobs if job.status != "failed"], modes.user_holds)
        ended = [(job, None) for job in jobs if job.status == "failed" and job.state in modes.states]
        place, anew = (
            (Plan([], Counter(), parameters), queued) if modes.clone else (queued, Plan([], Counter(), parameters))
        )
        here = plan_raise(session, place, wanted, parameters, park)
        there = to_clone(session, Plan([*anew.jobs, *ended], anew.left, parameters), wanted, parameters, park)
        if modes.only_anew:
            return there
        notes, more = [*here.notes, *there.notes], [(there, again), *here.more, *there.more]
        return replace(here, left=here.left + there.left, notes=notes, more=[one for one in more if one[0].jobs])

    if modes.only_anew:
        return Doing(CLONE, plan, acts=again.acts, places=modes.places)
    return Doing(RESUBMIT, plan, raise_and_release, places=modes.places)


def resubmitter(
    session: Session,
    chosen: Choice,
    maxqueued: int = options.MAXQUEUED,
    schedd: str = "",
    disk: int | None = None,
    cpus: int | None = None,
) -> Resubmitter:
    """What submits jobs again: on their own schedds, or on one."""
    from prodcli.recovery.resubmit import Resubmitter

    this = job_choice.recovery(session, chosen.dry_run)
    return Resubmitter(this, session.config.campaigns, schedd, disk, cpus, maxqueued)


def to_clone(session: Session, jobs: Plan, wanted: Raise | None, parameters: Mapping[str, object], park: Doing) -> Plan:
    """The jobs that are submitted again, with the memory that they get; those without rendered files are left alone."""
    from prodcli.memory.requests import unchanged
    from prodcli.recovery.stored_submissions import GONE, in_files

    if wanted is not None:
        plan = plan_raise(session, jobs, wanted, parameters, park)
    else:
        plan = Plan(unchanged([job for job, _ in jobs.jobs]), jobs.left, parameters)
    database = session.database("production", read_only=True)
    there = {dbid for one in in_files(database, [job.dbid for job, _ in plan.jobs]) for dbid in one.items}
    fit = [(job, memory) for job, memory in plan.jobs if job.dbid in there]
    gone = Counter({GONE: len(plan.jobs) - len(fit)})
    notes = [UNCHANGED] if fit and wanted is None else plan.notes
    return replace(plan, jobs=fit, left=plan.left + gone, notes=notes)


def _wanted(
    mem: str | None, scale: float | None, ladder: bool, auto: bool, most: int | None, any_hold: bool
) -> Raise | None:
    from prodcli.memory.requests import Raise

    said = [mem is not None, scale is not None, ladder, auto].count(True)
    if said > 1:
        raise UsageError("say how much: one of --mem, --scale-memory, --ladder and --auto", where="resubmit")
    if scale is not None and not 1 < scale <= 100:
        raise UsageError("the factor must be above 1, and 100 at most", where="--scale-memory", todo="like 1.5")
    if not said:
        return None
    return Raise(size_of(mem, "--mem"), scale, ladder, most, any_hold, {} if auto else None)


def plan_raise(
    session: Session, held: Plan, wanted: Raise | None, parameters: Mapping[str, object], park: Doing | None = None
) -> Plan:
    """The jobs that get more memory; what peaks support is looked up for their kinds.

    With `park` those in a queue that would need more than may be are parked.
    """
    from prodcli.memory.requests import ABOVE, explained, kind_of, raise_memory, raised
    from prodcli.memory.use import supported

    jobs = [job for job, _ in held.jobs]
    if wanted is None or not jobs:
        return replace(held, jobs=[], parameters=parameters)
    if wanted.support is not None:
        books = session.database("production_read", read_only=True)
        wanted = replace(wanted, support=supported(books, map(kind_of, jobs)))
    found, left = raise_memory(jobs, wanted)
    plan = Plan(found, held.left + left, parameters, explained(found, wanted))
    too_much = [job for job in jobs if job.status == "held" and raised(job, wanted) == ABOVE]
    return plan if park is None or not too_much else _with_parked(session, plan, too_much, park)


def _with_parked(session: Session, plan: Plan, too_much: Sequence[BookedJob], park: Doing) -> Plan:
    from prodcli.cli.recovery.park import to_park
    from prodcli.memory.requests import ABOVE

    parked = to_park(session, too_much, user_holds=True)  # what a person held is no longer among them
    why = Counter({f"{ABOVE}, and cannot be parked: {reason}": count for reason, count in parked.left.items()})
    left = plan.left - Counter({ABOVE: len(too_much)}) + why
    return replace(plan, left=left, more=[(replace(parked, parameters=plan.parameters), park)])


def most_of(session: Session, max_mem: str | None) -> int | None:
    """The most memory in MB that jobs may ask for, by the command line or the configuration; raises UsageError."""
    return size_of(max_mem, "--max-mem") if max_mem is not None else session.config.max_memory


def size_of(text: str | None, option: str) -> int | None:
    """A size of the command line in MB; raises UsageError."""
    from prodcli.sizes import parse_mb

    try:
        return None if text is None else parse_mb(text)
    except ValueError as failure:
        raise UsageError(str(failure), where=option, todo="like 8192MB or 8GB") from None
