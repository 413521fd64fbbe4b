"""What applying a row of `prodcli rescue` does: the same as the verbs that one would type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prodcli import deeds
from prodcli.cli import choosing
from prodcli.cli.choosing import Choice, Doing, Plan
from prodcli.cli.rescue_table import what
from prodcli.proposals import Action

if TYPE_CHECKING:
    from prodcli.actions import Aim, Author
    from prodcli.cli.context import Session
    from prodcli.more_memory import Raise
    from prodcli.recover import Outcome, Recovery
    from prodcli.targets import TargetJob
    from prodcli.trouble import Wrong

_EXCLUDED = 3 * 86400  # seconds that jobs keep away from a node where they fail


def doing_for(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    """What is done about jobs with one signature."""
    said = {"rescue": f"{what(wrong)}: {wrong.signature.text}".rstrip(": ")}
    makes = {Action.MEMORY: _raising, Action.PARK: _parking, Action.NODE: _moving}
    doing = makes.get(wrong.action, _releasing)(session, wrong, more, chosen)

    def plan(jobs: Sequence[TargetJob]) -> Plan:
        found = doing.plan(jobs)
        return replace(found, parameters={**said, **found.parameters})

    return replace(doing, plan=plan)


def _releasing(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    return Doing("release", lambda jobs: choosing.held(jobs, user_holds=False), deeds.release)


def _raising(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    from prodcli.more_memory import raise_memory, told

    def plan(jobs: Sequence[TargetJob]) -> Plan:
        found, left = raise_memory(jobs, more)
        return Plan(found, left, {}, told(found, more))

    return Doing("resubmit", plan, deeds.raise_and_release)


def _parking(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    from prodcli.cli.park import to_park
    from prodcli.park import parking

    database = session.database("production", read_only=chosen.dry_run)
    deed = parking(database, choosing.author_of(session, chosen))
    return Doing("park", lambda jobs: to_park(session, jobs, user_holds=False), deed)


def _moving(session: Session, wrong: Wrong, more: Raise, chosen: Choice) -> Doing:
    """Exclude the nodes for some days, then release."""
    from prodcli.bad_nodes import Excluder
    from prodcli.exclusions import Until

    nodes = sorted(wrong.accused)

    def acts(this: Recovery, aims: Sequence[Aim], author: Author, parameters: Mapping[str, Any]) -> Outcome:
        why = replace(author, reason=author.reason or wrong.why)
        told = Excluder(this.database, this.batch, progress=this.progress).exclude(nodes, why, Until(within=_EXCLUDED))
        outcome = this.act("release", aims, author, deeds.release, dict(parameters))
        outcome.failed |= told.failed
        return outcome

    def plan(jobs: Sequence[TargetJob]) -> Plan:
        found = choosing.held(jobs, user_holds=False)
        note = f"jobs keep away from {', '.join(nodes)} for 3 days (prodcli nodes exclude)"
        return replace(found, parameters={"nodes": nodes}, notes=[note])

    return Doing("release", plan, acts=acts)
