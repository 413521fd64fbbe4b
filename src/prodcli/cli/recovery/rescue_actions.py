"""What applying a row of `prodcli rescue` does: the same as the verbs that one would type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prodcli.books.verbs import CLONE, RELEASE, RESUBMIT
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice
from prodcli.cli.recovery.park import parking_of, to_park
from prodcli.cli.recovery.rescue_table import what
from prodcli.diagnosis.advice import key_of
from prodcli.diagnosis.classifiers import Remedy
from prodcli.recovery import queue_actions, verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from prodcli.books.actions import Author, Target
    from prodcli.books.job_filter import BookedJob
    from prodcli.cli.context import Session
    from prodcli.diagnosis.failure_groups import Wrong
    from prodcli.memory.requests import Raise
    from prodcli.recovery.recovery import Outcome

_EXCLUDED = 3 * 86400  # seconds that jobs keep away from a node where they fail


def doing_for(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    """What is done about jobs with one signature."""
    said = {"rescue": f"{key_of(wrong)} {what(wrong)}"}
    if wrong.action is Remedy.PARK:
        doing = replace(parking_of(session, chosen), plan=lambda jobs: to_park(session, jobs, user_holds=False))
    elif not wrong.in_queue:
        doing = _submitting(session, wrong, more, chosen)
    elif wrong.action is Remedy.MEMORY:
        doing = Doing(RESUBMIT, lambda jobs: _raised(jobs, more), queue_actions.raise_and_release)
    else:
        doing = Doing(RELEASE, lambda jobs: verb_plan.held(jobs, user_holds=False), queue_actions.release)
    if wrong.action is Remedy.NODE:
        doing = _elsewhere(session, wrong, chosen, doing)
    find = doing.plan
    return replace(doing, plan=lambda jobs: _noted(find(jobs), said))


def _noted(plan: Plan, said: Mapping[str, Any]) -> Plan:
    return replace(plan, parameters={**said, **plan.parameters})


def _raised(jobs: Sequence[BookedJob], more: Raise) -> Plan:
    from prodcli.memory.requests import explained, raise_memory

    found, left = raise_memory(jobs, more)
    return Plan(found, left, {}, explained(found, more))


def _submitting(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    """Submit jobs that are in no queue again; with the next sensible step if memory was what they lacked."""
    from prodcli.cli.recovery.resubmit import resubmitter, to_clone

    wanted = replace(more, any_hold=True) if wrong.action is Remedy.MEMORY else None

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        return to_clone(session, verb_plan.all_of(jobs), wanted, {}, parking_of(session, chosen))

    return Doing(CLONE, plan, acts=resubmitter(session, chosen).clone)


def _elsewhere(session: Session, wrong: Wrong, chosen: Choice, doing: Doing) -> Doing:
    """Exclude the nodes for some days, then do it, and tell jobs that were rendered before."""
    from prodcli.books.expiry import Until
    from prodcli.nodes.excluded import Excluder, tell

    nodes, this = wrong.accused, job_choice.recovery(session, chosen.dry_run)

    def acts(targets: Sequence[Target], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        why = replace(author, reason=author.reason or wrong.why)
        update = Excluder(this.database, this.batch, progress=this.progress).exclude(
            nodes, why, Until(within=_EXCLUDED)
        )
        if doing.acts is not None:
            outcome = doing.acts(targets, author, parameters)
            update = tell(this.database, this.batch, this.batch.schedds(), this.progress)
        else:
            outcome = this.act(RELEASE, targets, author, queue_actions.release, dict(parameters))
        outcome.failed |= update.failed
        return outcome

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        found = doing.plan(jobs)
        note = f"jobs keep away from {', '.join(nodes)} for 3 days (prodcli nodes exclude list)"
        return replace(found, parameters={**found.parameters, "nodes": nodes}, notes=[*found.notes, note])

    return Doing(doing.verb, plan, acts=acts)
