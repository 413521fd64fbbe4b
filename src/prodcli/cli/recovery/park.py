"""prodcli park."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from prodcli.books.verbs import PARK
from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.recovery import job_choice
from prodcli.cli.recovery.job_choice import Choice, chooses_jobs
from prodcli.recovery import verb_plan
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.job_filter import BookedJob

EXAMPLE = "Example: prodcli park --tag ana537_2025p010_v001 --code 34 --older-than 7d --dry-run"


@chooses_jobs
def park(context: typer.Context, chosen: Choice, user_holds: options.UserHolds = False) -> None:
    """Remove jobs from the queues, and keep them for later.

    The books say held and parked, and keep all that a new submission needs. Parked jobs block their outputs. `prodcli
    unpark` submits them again.
    """
    session = current(context)

    def plan(jobs: Sequence[BookedJob]) -> Plan:
        return to_park(session, jobs, user_holds)

    job_choice.run(context, chosen, replace(parking_of(session, chosen), plan=plan))


def parking_of(session: Session, chosen: Choice) -> Doing:
    """What parks the jobs of any plan."""
    from prodcli.recovery.park import parking

    database = session.database("production", read_only=chosen.dry_run)
    return Doing(PARK, verb_plan.all_of, parking(database, job_choice.author_of(session, chosen)))


def to_park(session: Session, jobs: Sequence[BookedJob], user_holds: bool) -> Plan:
    """A plan of the jobs that may be parked, and that can be brought back."""
    from prodcli.recovery.park import parkable

    ours = verb_plan.untouched(jobs, user_holds)
    fit, left = parkable(session.database("production", read_only=True), [job for job, _ in ours.jobs])
    return Plan([(job, None) for job in fit], ours.left + left, {})
