"""prodcli abort."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_tags
from prodcli.cli.context import current

if TYPE_CHECKING:
    from prodcli.abort.abort import AbortPlan, TagAbort
    from prodcli.cli.context import Session

EXAMPLE = "Example: prodcli abort ana537_2025p010_v001 --dry-run"
Tag = Annotated[str, typer.Argument(metavar="TAG", help="The tag.", autocompletion=complete_tags)]
KeepRunning = Annotated[bool, typer.Option("--keep-running", help="Let running jobs go on to their end.")]


def abort(
    context: typer.Context,
    tag: Tag,
    keep_running: KeepRunning = False,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Stop a tag over all its rules, and remove its jobs.

    From then on no pass, loop or cron line submits jobs of the tag, on any host; `prodcli production resume TAG` undoes
    that. Clusters that are being submitted are waited for. Outputs, finished and failed jobs stay; parked jobs stay parked.
    """
    from prodcli.abort.abort import TagAbort
    from prodcli.cli.consent import require_consent
    from prodcli.cli.recovery.recovery_session import recovery_of

    session = current(context)
    given = notes.reason_of(reason) if reason else ""
    service = TagAbort(recovery_of(session, dry_run), tag, keep_running)
    if not dry_run:
        session.keep_log()
    plan, shown = service.plan(as_booked=dry_run), style is options.Style.TABLE
    if shown or dry_run:
        _show(session, plan, style, dry_run, brief=yes or dry_run)
    if dry_run:
        return
    require_consent(f"Abort {tag}: stop all its rules, and remove {plan.jobs} jobs from the queues?", yes, shown)
    _act(session, service, given, style)


def _act(session: Session, service: TagAbort, reason: str, style: options.Style) -> None:
    from prodcli.cli.recovery import run_verb
    from prodcli.cli.recovery.recovery_session import author_of

    notes.note_action(session, "abort", "stopped", reason, tag=service.tag)
    plan, outcome = service.act(author_of(reason))
    if style is options.Style.TABLE:
        session.summarize(f"{service.tag} is stopped; prodcli production resume {service.tag} undoes the stop")
        run_verb.tell(session, plan.queued, outcome)
    else:
        _show(session, plan, style)
    outcome.require_done()


def _show(session: Session, plan: AbortPlan, style: options.Style, dry_run: bool = False, brief: bool = False) -> None:
    """Show jobs by rule and kind, with what stays and which loops lose their work on the tag."""
    from prodcli.cli.abort.abort_table import abort_table

    said = ("dry run: nothing was changed",) if dry_run else ()
    (session.summarize_table if brief else session.show)(abort_table(plan, *said), style)
    sys.stdout.flush()
