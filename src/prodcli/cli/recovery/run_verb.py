"""The course of a recovery verb on the command line: plan, show, ask, act, show the outcome."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.hints import hint
from prodcli.cli.live.kept_figures import keep_for_prompts
from prodcli.cli.recovery import plan_table
from prodcli.cli.recovery.recovery_session import author_of, recovery_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from prodcli.cli.context import Session
    from prodcli.cli.recovery.job_options import JobOptions
    from prodcli.recovery.outcome import RecoveryOutcome
    from prodcli.recovery.preview import Family
    from prodcli.recovery.recovery import Recovery
    from prodcli.recovery.recovery_plan import RecoveryPlan
    from prodcli.recovery.recovery_verb import RecoveryVerb


def run(
    context: typer.Context, chosen: JobOptions, make: Callable[[Recovery], RecoveryVerb], anyway: bool = False
) -> None:
    """Find jobs, show them, ask, act, and show the outcome; raises UsageError if no option chooses jobs.

    With `anyway` jobs are brought back although a service is down that they need.
    """
    from prodcli.cli.consent import require_consent

    if not chosen.any_said:
        where = context.info_name or ""
        raise UsageError("no jobs are chosen", where=where, todo="like --tag, --dsttype, --state, --code or --dbid")
    session = current(context)
    verb = make(recovery_of(session, chosen.dry_run, anyway))
    if not chosen.dry_run:
        session.keep_log()
    plan, shown = verb.plan(chosen.selection), chosen.style is options.Style.TABLE
    if shown or chosen.dry_run or not plan.total:
        show(session, plan, chosen)
    hint(session, chosen.wanted, bool(plan.total))
    if not plan.total and any(one["proc"] is None for one in chosen.wanted.clusters):
        session.say("a number alone is a cluster; rows of the books follow --dbid, runs --runs")
    if chosen.dry_run or not plan.total:
        return
    verb.require_services(plan)
    warn_of_services(session, plan, shown)
    require_consent(plan.preview().question, chosen.yes, shown, lambda: list_jobs(session, plan))
    outcome = act(verb, plan, chosen)
    keep_for_prompts(session)
    _tell(session, plan, outcome, chosen.style)
    outcome.require_done()


def act(verb: RecoveryVerb, plan: RecoveryPlan, chosen: JobOptions) -> RecoveryOutcome:
    """Carry out a plan; jobs that changed since the preview are left alone."""
    if not chosen.yes:
        verb.recovery.refresh()
    return verb.act(plan, author_of(chosen.reason))


def warn_of_services(session: Session, plan: RecoveryPlan, shown: bool) -> None:
    """Warn of services that are not up, where no table has said so: with --quiet, and in data formats."""
    if session.quiet or not shown:
        for words in plan.lacks:
            session.warn(words)


def show(session: Session, plan: RecoveryPlan, chosen: JobOptions) -> None:
    """Show what a plan would do."""
    if chosen.style is options.Style.JSON:
        session.show_json(plan_table.data_of(plan, family_of(session)))
        return
    preview = plan.preview(family_of(session))
    notes = [*preview.notes, *(["dry run: nothing was changed"] if chosen.dry_run else [])]
    table = plan_table.table_of(preview, chosen.style is options.Style.TABLE).noted(*notes)
    if chosen.yes or chosen.dry_run:
        session.summarize_table(table, chosen.style)
    else:
        session.show(table, chosen.style)
    sys.stdout.flush()


def list_jobs(session: Session, plan: RecoveryPlan) -> None:
    """Show every job of a plan."""
    session.show(plan_table.jobs_table(plan))
    sys.stdout.flush()


def family_of(session: Session) -> Family:
    """The name of a dsttype without its host, by the site profile."""
    from prodcli.reports.families import Families

    return Families(session.site).of_dsttype


def tell(session: Session, plan: RecoveryPlan, outcome: RecoveryOutcome) -> None:
    """One sentence for each part of a plan."""
    from prodcli.recovery.outcome import outcome_line

    for name, action in outcome.actions.items():
        session.summarize(outcome_line(plan.parts[name], action))


def _tell(session: Session, plan: RecoveryPlan, outcome: RecoveryOutcome, style: options.Style) -> None:
    if style is options.Style.JSON:
        session.show_json(plan_table.data_of(plan, family_of(session), outcome))
    elif style is options.Style.CSV:
        session.show(plan_table.table_of(plan.preview(family_of(session)), for_people=False), style)
    else:
        tell(session, plan, outcome)
