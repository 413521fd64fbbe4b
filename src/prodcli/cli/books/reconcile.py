"""prodcli reconcile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.notes import note_action
from prodcli.cli.recovery.recovery_session import recovery_of
from prodcli.tables.table import Column, Kind

if TYPE_CHECKING:
    from prodcli.books.actions import Action
    from prodcli.reconcile.reconcile_pass import Reconciler, Report
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli reconcile --dry-run"
_COLUMNS = (
    *(Column("what"), Column("claim", level=3), Column("schedd"), Column("cluster"), Column("jobs", kind=Kind.COUNT)),
    *(Column("whose", level=2), Column("state", level=1), Column("fate"), Column("why", level=1)),
    Column("remove_with", kind=Kind.COMMAND, drop_empty=True),
)


def reconcile(
    context: typer.Context,
    dry_run: options.DryRun = False,
    adopt: Annotated[
        str | None,
        typer.Option("--adopt", metavar="CLUSTER[@SCHEDD]", help="Write the orphans of a cluster into the books."),
    ] = None,
    remove: Annotated[
        str | None,
        typer.Option("--remove", metavar="CLUSTER[@SCHEDD]", help="Remove the orphans or duplicates of a cluster."),
    ] = None,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Settle the claims of killed passes, and list orphaned jobs.

    Orphans are jobs that are in a queue and not in the books. --adopt and --remove act on the orphans of a cluster.
    """
    from prodcli.errors import UsageError

    if adopt and remove:
        raise UsageError("give --adopt or --remove, not both")
    session = current(context)
    this = _reconciler(session, dry_run)
    report = this.run()
    if adopt:
        report = this.adopt(report, adopt)
        _note(session, "reconcile --adopt", adopt, dry_run)
    if remove:
        report = this.remove(report, remove, partial(_consent, session, _table(report, [], dry_run), style, yes))
        _note(session, "reconcile --remove", remove, dry_run)
    closed = recovery_of(session, dry_run).settle_dead(dry_run)
    (session.summarize_table if report.clean else session.show)(_table(report, closed, dry_run), style)
    report.require_done(len(this.batch.schedds()))


def _note(session: Session, verb: str, cluster: str, dry_run: bool) -> None:
    if not dry_run:
        note_action(session, verb, "done", cluster=cluster)


def _consent(session: Session, table: Table, style: options.Style, yes: bool, question: str) -> None:
    """Ask below the table of open claims."""
    from prodcli.cli.consent import require_consent

    shown = style is options.Style.TABLE
    if shown and not yes:
        session.show(table)
    require_consent(question, yes, shown)


def _reconciler(session: Session, dry_run: bool) -> Reconciler:
    from prodcli.books.claimant import myself
    from prodcli.books.claims import Books
    from prodcli.reconcile.reconcile_pass import Reconciler

    if not dry_run:
        session.keep_log()
    books = Books(session.database("production", read_only=dry_run))
    return Reconciler(books, session.batch, myself(), dry_run)


def _table(report: Report, closed: list[Action], dry_run: bool) -> Table:
    from prodcli.tables.table import Cell, Table

    rows: list[list[Cell]] = []
    for one in report.findings:
        claim, settled = one.claim, one.settled
        jobs = settled.jobs or claim.rows
        whose = f"pid {claim.claimant.pid} on {claim.claimant.host}" if claim.claimant.pid else ""
        state = f"{'alive' if one.liveness.alive else 'dead'}: {one.liveness.why}"
        place: list[Cell] = ["claim", claim.id, claim.schedd, settled.cluster]
        rows.append([*place, jobs, whose, state, settled.fate, settled.why, ""])
    for unbooked in report.unbooked:
        states = ", ".join(f"{count} {state}" for state, count in unbooked.states.items())
        place = [unbooked.kind, unbooked.claim, unbooked.schedd, unbooked.cluster]
        rows.append([*place, unbooked.jobs, unbooked.owner, states, unbooked.fate, unbooked.why, unbooked.command])
    for action in closed:
        place = ["action", action.id, ",".join(sorted(action.by_schedd)), None]
        rows.append([*place, action.jobs, "", "dead", "to be closed" if dry_run else "closed", action.verb.logged, ""])
    note = "nothing is open, and no queue has jobs that the books do not know" if not rows else ""
    return Table(_COLUMNS, rows, note="dry run: nothing was changed" if rows and dry_run else note)
