"""prodcli rescue."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_rows
from prodcli.cli.context import current
from prodcli.cli.hints import hint
from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.cli.recovery import plan_table, run_verb
from prodcli.cli.recovery.job_options import JobOptions, chooses_ended
from prodcli.cli.recovery.recovery_session import recovery_of
from prodcli.errors import BatchError, PartlyDone, ProdError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.causes.advice import Scope
    from prodcli.causes.failure_groups import FailureGroup
    from prodcli.cli.context import Session
    from prodcli.cli.diagnosis.cause_table import Choice
    from prodcli.recovery.recovery_plan import JobSelection, RecoveryPlan
    from prodcli.recovery.recovery_verb import RecoveryVerb
    from prodcli.recovery.rescue import Failures

EXAMPLE = "Example: prodcli rescue --tag ana537_2025p010_v001 --since 2d --dry-run"
Since = Annotated[str, typer.Option("--since", help="Only jobs held or failed since 2026-01-31, or 36h, 7d ago.")]
WEEK = "7d"
Apply = Annotated[
    list[str] | None,
    typer.Option(
        "--apply",
        metavar="ROWS...",
        help="Apply the proposals of these rows: 1,3-4, keys, or all.",
        autocompletion=complete_rows,
    ),
]
Details = Annotated[bool, typer.Option("--verbose", "-v", help="Show the reason and the command of every row.")]
MaxMem = Annotated[str | None, typer.Option("--max-mem", metavar="SIZE", help="Request no more memory than this.")]


@chooses_ended
def rescue(
    context: typer.Context,
    chosen: JobOptions,
    since: Since = WEEK,
    apply: Apply = None,
    max_mem: MaxMem = None,
    verbose: Details = False,
    anyway: options.Anyway = False,
) -> None:
    """Group held and failed jobs by cause, and apply what helps.

    Each row is one cause with the action proposed for its jobs: held, failed, lost or removed jobs, and jobs that are
    evicted again and again. `helped` counts jobs that had the same cause, went on, and finished. -v, or ?N at the
    question, shows the reason and the command of a row.
    """
    from prodcli.causes.advice import Scope

    session = current(context)
    found = find(session, chosen, replace(chosen.selection, limit=None), since, max_mem)
    scope = Scope(chosen.wanted, "" if since == WEEK else since, max_mem or "")
    _show(session, found, scope, chosen, verbose)
    _remember_rows(session, found)
    rows = [] if found.silence else _asked(session, found, scope, chosen, apply)
    done = [_apply(session, found, row, chosen, anyway) for row in rows]
    if not chosen.dry_run:
        keep_for_prompts(session)
    _close(session, found.groups, scope, done, chosen)
    if found.silence is not None:
        raise found.silence


def _remember_rows(session: Session, found: Failures) -> None:
    """Keep the rows on a terminal for the completion of --apply."""
    from prodcli.causes.advice import key_of
    from prodcli.cli.commands.remembered import place_of, remember

    if sys.stdout.isatty() and found.groups:
        rows = map(str, range(1, len(found.groups) + 1))
        remember("rows", place_of(session.site_file, session.force_testbed), ["all", *rows, *map(key_of, found.groups)])


def find(
    session: Session, chosen: JobOptions, selection: JobSelection, since: str = WEEK, max_mem: str | None = None
) -> Failures:
    """Harvest unless it is a dry run, and group the chosen jobs by cause."""
    from prodcli.cli.recovery.request_options import most_of
    from prodcli.cli.times import since_of
    from prodcli.recovery.rescue import find_groups

    most, start = most_of(session, max_mem), since_of(since)
    recovery = recovery_of(session, chosen.dry_run)
    if not chosen.dry_run:
        session.keep_log()
    found = find_groups(recovery, selection, start or 0, most)
    hint(session, chosen.wanted, bool(found.groups))
    return found


def _show(session: Session, found: Failures, scope: Scope, chosen: JobOptions, details: bool) -> None:
    """The table; with details, or where nobody can be asked, all that is known of each row below it."""
    from prodcli.cli.diagnosis.cause_table import data_table, details_of, table_of
    from prodcli.cli.tables.terminal import terminal_width
    from prodcli.recovery.recovery_plan import finished_instead

    if chosen.style is options.Style.JSON:
        return
    if chosen.style is not options.Style.TABLE:
        session.show(data_table(found.groups, scope), chosen.style)
        return
    session.show_announcements()
    notes = [] if found.groups else ["nothing is wrong"]
    notes += finished_instead(found.finished, chosen.dry_run)
    notes += ["dry run: the books as they are, and nothing is changed"] if chosen.dry_run else []
    if found.groups:
        session.show(table_of(found.groups, terminal_width()))
        numbers = range(1, len(found.groups) + 1) if details or terminal_width() is None else ()
        notes = details_of(session, found.groups, scope, numbers) + notes
        notes += [] if numbers or not chosen.dry_run else ["-v shows reasons and commands"]
    if notes:
        session.show_text("\n".join(notes))
    sys.stdout.flush()


def _asked(
    session: Session, found: Failures, scope: Scope, chosen: JobOptions, words: Sequence[str] | None
) -> list[Choice]:
    """The named rows; on a terminal the rows of an answer, after the details of rows that were asked for."""
    from prodcli.cli.consent import can_ask, typed
    from prodcli.cli.diagnosis.cause_table import details_of, picked, row_of

    if words is not None or chosen.dry_run or chosen.style is not options.Style.TABLE:
        return picked(found.groups, scope, words or ())
    if not found.groups or not can_ask():
        return []
    session.show_text("?N: details of row N; pN: park the jobs of row N instead")
    while True:
        answer = typed("Rows to act on (1,3-4 or all; Enter = none): ")
        try:
            if not answer.startswith("?"):
                return picked(found.groups, scope, answer.split())
            session.show_text("\n".join(details_of(session, found.groups, scope, [row_of(found.groups, answer[1:])])))
        except UsageError as wrong:
            session.warn(str(wrong))


def _apply(session: Session, found: Failures, choice: Choice, chosen: JobOptions, anyway: bool) -> dict[str, Any]:
    """Show what a row is about to do, ask, and do it; returns the outcome."""
    from prodcli.causes.advice import trial_of
    from prodcli.services.needs import ServiceDown

    group = found.groups[choice.row - 1]
    verb = found.verb_for(recovery_of(session, chosen.dry_run, anyway), group, choice.park)
    plan = verb.plan_of(group.jobs).limited(chosen.limit)
    done: dict[str, Any] = {"no": choice.row, **plan_table.data_of(plan, run_verb.family_of(session)), "trouble": ""}
    shown = chosen.style is options.Style.TABLE
    if shown:
        run_verb.show(session, plan, chosen)
    if chosen.dry_run or not plan.jobs:
        return done
    try:
        verb.require_services(plan)
    except ServiceDown as failure:
        return done | {"trouble": str(failure), "refused": True}
    run_verb.warn_of_services(session, plan, shown)
    agreed = plan if chosen.yes else _agreed(session, plan, 0 if choice.park else trial_of(group), shown)
    return done if agreed is None else done | _outcome(session, verb, agreed, chosen)


def _agreed(session: Session, plan: RecoveryPlan, trial: int, shown: bool) -> RecoveryPlan | None:
    """The plan that people agree to: for all jobs, for a few to try it, or none."""
    from prodcli.cli.consent import answered

    tries = {"t": f"{trial} first"} if trial and trial < plan.total else {}
    answer = answered(plan.preview().question, tries, shown, lambda: run_verb.list_jobs(session, plan))
    return {"y": plan, "t": plan.limited(trial)}.get(answer)


def _outcome(session: Session, verb: RecoveryVerb, plan: RecoveryPlan, chosen: JobOptions) -> dict[str, Any]:
    """Carry out the plan of a row, and say what came of it; trouble is kept for the end."""
    done: dict[str, Any] = {}
    try:
        outcome = run_verb.act(verb, plan, chosen)
        done |= plan_table.data_of(plan, run_verb.family_of(session), outcome)
        if chosen.style is options.Style.TABLE:
            run_verb.tell(session, plan, outcome)
        outcome.require_done()
    except (BatchError, PartlyDone) as failure:
        done["trouble"] = str(failure)
    return done


def _close(
    session: Session, found: Sequence[FailureGroup], scope: Scope, done: Sequence[dict[str, Any]], chosen: JobOptions
) -> None:
    """Show all rows as JSON if the format is JSON; raise the failure of the rows that failed."""
    from prodcli.cli.diagnosis.cause_table import data_of
    from prodcli.services.needs import ServiceDown

    if chosen.style is options.Style.JSON:
        session.show_json({"wrong": data_of(found, scope), "applied": done})
    trouble = [f"row {one['no']}: {one['trouble']}" for one in done if one["trouble"]]
    if trouble:
        nothing = all(one["trouble"] and not (one["action"] or {}).get("changed") for one in done)
        kind: type[ProdError] = BatchError if nothing else PartlyDone
        if all(one.get("refused") for one in done):
            kind = ServiceDown
        raise kind("; ".join(trouble), todo="prodcli log shows the action; run rescue again for the rest")
