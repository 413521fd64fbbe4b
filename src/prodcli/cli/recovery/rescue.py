"""prodcli rescue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.recovery import job_choice, plan_table
from prodcli.cli.recovery.job_choice import Choice, chooses_ended
from prodcli.errors import BatchError, PartlyDone, ProdError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.diagnosis.advice import Scope
    from prodcli.diagnosis.failure_groups import Wrong
    from prodcli.memory.requests import Raise

EXAMPLE = "Example: prodcli rescue --tag ana537_2025p010_v001 --since 2d --dry-run"
Since = Annotated[str, typer.Option("--since", help="Only jobs held or failed since 2026-01-31, or 36h, 7d ago.")]
WEEK = "7d"
Apply = Annotated[
    list[str] | None,
    typer.Option("--apply", metavar="ROWS...", help="Apply the proposals of these rows: 1,3-4, keys, or all."),
]
MaxMem = Annotated[str | None, typer.Option("--max-mem", metavar="SIZE", help="Request no more memory than this.")]


@chooses_ended
def rescue(
    context: typer.Context, chosen: Choice, since: Since = WEEK, apply: Apply = None, max_mem: MaxMem = None
) -> None:
    """Group held and failed jobs by cause, and apply what helps.

    Each row is one cause with the action proposed for its jobs: held, failed, lost or removed jobs, and jobs that are
    evicted again and again. `helped` counts jobs that had the same cause, went on, and finished.
    """
    from prodcli.cli.recovery.rescue_table import picked
    from prodcli.diagnosis.advice import Scope

    session = current(context)
    found, more = look_for(session, chosen, since, max_mem)
    scope = Scope(chosen.wanted, "" if since == WEEK else since, max_mem or "")
    _show(session, found, scope, chosen)
    rows = picked(found, scope, _asked(found, chosen, apply))
    done = [_apply(session, found[row - 1], row, more, chosen) for row in rows]
    _close(session, found, scope, done, chosen)


def look_for(
    session: Session, chosen: Choice, since: str = WEEK, max_mem: str | None = None, limit: int | None = None
) -> tuple[list[Wrong], Raise]:
    """Bring the books up to date unless it is a dry run, and find what is wrong with the jobs that are meant."""
    from prodcli.cli.recovery.resubmit import most_of
    from prodcli.cli.times import since_of
    from prodcli.diagnosis.failures import MasterAndReplica, look

    most, start = most_of(session, max_mem), since_of(since)
    this = job_choice.refreshed(session, chosen)
    books = MasterAndReplica(this.database, session.database("production_read", read_only=True))
    return look(books, session.batch.schedds(), chosen.wanted, start or 0, most, limit)


def _show(session: Session, found: Sequence[Wrong], scope: Scope, chosen: Choice) -> None:
    from prodcli.cli.recovery.rescue_table import table_of

    notes = [] if found else ["nothing is wrong"]
    notes += ["dry run: the books as they are, and nothing is changed"] if chosen.dry_run else []
    if chosen.style is not options.Style.JSON:
        session.show(table_of(found, scope, "\n".join(notes)), chosen.style)
        sys.stdout.flush()


def _asked(found: Sequence[Wrong], chosen: Choice, words: Sequence[str] | None) -> Sequence[str]:
    """The rows that were named, on a terminal by an answer."""
    from prodcli.cli.consent import can_ask, typed
    from prodcli.cli.recovery.rescue_table import doable

    if words is not None or chosen.dry_run or chosen.style is not options.Style.TABLE:
        return words or ()
    if not any(map(doable, found)) or not can_ask():
        return ()
    return typed("which rows? (1,3-4, keys, all; nothing: none) ").split()


def _apply(session: Session, wrong: Wrong, row: int, more: Raise, chosen: Choice) -> dict[str, Any]:
    """Show what a row is about to do, ask, and do it; what came of it."""
    from dataclasses import asdict

    from prodcli.cli.consent import agreed
    from prodcli.cli.recovery.rescue_actions import doing_for

    doing = doing_for(session, wrong, more, chosen)
    plan = job_choice.limited(doing.plan(wrong.jobs), chosen)
    done: dict[str, Any] = {
        "no": row,
        "verb": doing.verb.logged,
        **plan_table.data_of(plan),
        "action": None,
        "trouble": "",
    }
    shown = chosen.style is options.Style.TABLE
    if shown:
        job_choice.show(session, plan, chosen, doing.verb.logged)
    if (
        chosen.dry_run
        or not plan.jobs
        or not agreed(job_choice.question_of(plan, doing.verb.logged), chosen.yes, shown)
    ):
        return done
    try:
        outcome = job_choice.act(session, plan, chosen, doing)
        done["action"] = asdict(outcome)
        if chosen.style is options.Style.TABLE:
            session.summarize(job_choice.came_of(plan, doing.verb.logged, outcome))
        outcome.require_done()
    except (BatchError, PartlyDone) as failure:
        done["trouble"] = str(failure)
    return done


def _close(
    session: Session, found: Sequence[Wrong], scope: Scope, done: Sequence[dict[str, Any]], chosen: Choice
) -> None:
    """Show all of it as JSON if that is wanted; raise what rows failed with."""
    from prodcli.cli.recovery.rescue_table import data_of

    if chosen.style is options.Style.JSON:
        session.show_json({"wrong": data_of(found, scope), "applied": done})
    trouble = [f"row {one['no']}: {one['trouble']}" for one in done if one["trouble"]]
    if trouble:
        nothing = all(one["trouble"] and not (one["action"] or {}).get("changed") for one in done)
        kind: type[ProdError] = BatchError if nothing else PartlyDone
        raise kind("; ".join(trouble), todo="prodcli log shows it; look again for the rest")
