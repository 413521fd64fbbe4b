"""prodcli runs label add|list|remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_labels
from prodcli.cli.context import Session, current
from prodcli.cli.data_states.giving import runs_of
from prodcli.cli.notes import note_action
from prodcli.errors import UsageError
from prodcli.runs.labels import label_name
from prodcli.runs.selection import ALL_RUNS
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.db import Database

app = typer.Typer(help="Label runs, for selections like --runs label:golden.", no_args_is_help=True)
Label = Annotated[
    str, typer.Argument(metavar="LABEL", help="Name of the label, like golden.", autocompletion=complete_labels)
]
OneLabel = Annotated[
    str | None, typer.Option("--label", help="Only runs with this label.", autocompletion=complete_labels)
]
WhyNot = Annotated[str, typer.Option("--reason", help="Reason, for the next curator.")]


@app.command("add", epilog='Example: prodcli runs label add golden --runs 66400-66700 --reason "stable beam"')
def add(
    context: typer.Context,
    label: Label,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    reason: WhyNot = "",
    author: notes.Author = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Label runs.

    Of a range only runs that the daq database has get the label.
    """
    from prodcli.cli.run_options import read_filter
    from prodcli.data_states import run_labels

    session, name = current(context), label_name(label)
    if not runs:
        raise UsageError("no runs are named", where="runs label add", todo="--runs")
    why = notes.reason_of(reason) if reason else ""
    database = _books(session)
    wanted = read_filter(session, runs, exclude)
    known = run_labels.known_runs(session.database("daq", read_only=True), wanted)
    if unknown := sorted(wanted.named.difference(known)):
        session.warn(f"daq.run has no run {unknown[0]}{_more(unknown)}: not labelled")
    added = run_labels.label_runs(database, name, known, why, notes.author_of(author)) if known else 0
    if added:
        note_action(session, "runs label add", f"{counted(added, 'run')} labelled", why, author, label=name)
    if style is options.Style.TABLE:
        session.summarize(f"{added} runs are labelled {name}; {len(known) - added} had the label")
    else:
        _show(session, database, name, style)


@app.command("list", epilog="Example: prodcli runs label list --label golden")
def list_(
    context: typer.Context,
    label: OneLabel = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    style: options.Format = options.Style.TABLE,
) -> None:
    """List labelled runs: a line for runs that got a label at once."""
    session = current(context)
    _show(session, _books(session, read_only=True), label, style, runs, exclude)


@app.command("remove", epilog="Example: prodcli runs label remove golden --runs 1-99999 --dry-run")
def remove(
    context: typer.Context,
    label: Label,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
) -> None:
    """Take a label from runs."""
    from prodcli.cli.consent import require_consent
    from prodcli.cli.run_options import read_filter
    from prodcli.data_states import run_labels

    session, name = current(context), label_name(label)
    if not runs:
        raise UsageError(
            "no runs are named", where="runs label remove", todo="--runs, for all of them --runs label:NAME"
        )
    database = _books(session, read_only=dry_run)
    found = run_labels.labelled_runs(database, name, read_filter(session, runs, exclude))
    meant = sorted({run for one in found for run in one.runs.named})
    words = runs_of(meant, options.Style.TABLE)
    if dry_run or not meant:
        session.show_text(f"{len(meant)} runs have the label {name}: {words}; nothing was changed")
        return
    require_consent(f"Take the label {name} from {len(meant)} runs ({words})?", yes)
    count = counted(run_labels.unlabel_runs(database, name, meant), "run")
    note_action(session, "runs label remove", f"{count} no longer labelled", label=name, runs=words)
    session.summarize(f"{count} no longer labelled {name}")


def _books(session: Session, read_only: bool = False) -> Database:
    from prodcli.db.schema import require_current

    database = session.database("production", read_only=read_only)
    require_current(database)
    return database


def _more(runs: list[int]) -> str:
    return f" and {len(runs) - 1} others" if len(runs) > 1 else ""


def _show(
    session: Session,
    database: Database,
    label: str | None,
    style: options.Style,
    runs: list[str] | None = None,
    exclude: list[str] | None = None,
) -> None:
    from prodcli.cli.run_options import read_filter
    from prodcli.data_states import run_labels
    from prodcli.tables.table import Cell, Column, Kind, Table

    wanted = read_filter(session, runs, exclude) if runs or exclude else ALL_RUNS
    rows: list[list[Cell]] = [
        [one.label, runs_of(one.runs.named, style), len(one.runs.named), one.reason, one.author, one.added]
        for one in run_labels.labelled_runs(database, label, wanted)
    ]
    note = "" if rows else "no run is labelled"
    columns = (
        Column("label"),
        Column("runs"),
        Column("count", kind=Kind.COUNT, level=2),
        Column("reason", level=1),
        Column("author", level=2),
        Column("added", kind=Kind.AGO, level=1),
    )
    session.show(Table(columns, rows, note=note), style)
