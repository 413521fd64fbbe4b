"""prodcli unregister."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.notes import note_action
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.registration.unregister import GoneFiles
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli unregister -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


@chooses_segments
def unregister(
    context: typer.Context,
    chosen: RuleChoice,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Take files that are gone out of the file catalog.

    An entry goes if no file is at its place on the rule's disks. The books stay as they are.
    """
    from prodcli.cli.consent import named, require_consent
    from prodcli.registration.unregister import Unregister

    chosen.require_runs("unregister")
    session, rule = chosen.session, chosen.rule
    verb = Unregister(rule, session.database("filecatalog", read_only=dry_run), session.progress)
    gone = verb.plan(chosen.selection, chosen.segments)
    shown = style is options.Style.TABLE
    if dry_run or not gone.places or (shown and not yes):
        session.summarize_table(_table(gone, dry_run), style)
        if dry_run or not gone.places:
            return
    session.keep_log()
    require_consent(f"Take {len(gone.names)} files out of the file catalog: {named(gone.names)}?", yes, shown)
    count = verb.act(gone)
    result = f"{counted(count, 'file')} left the file catalog"
    note_action(session, "unregister", result, rule=rule.name, tag=rule.outtriplet)
    if shown:
        session.summarize(result)
    else:
        session.show(_table(gone, dry_run), style)


def _table(gone: GoneFiles, dry_run: bool) -> Table:
    from prodcli.tables.table import Cell, Column, Kind, Table

    rows: list[list[Cell]] = [[one.filename, one.run, one.segment, one.path] for one in gone.places]
    notes = (
        [f"{gone.elsewhere} places are not looked at: they are on other disks, or these are not mounted here"]
        if gone.elsewhere
        else []
    )
    notes += ["there is nothing to unregister"] if not rows else []
    notes += ["dry run: nothing was changed"] if dry_run else []
    columns = (*map(Column, ("filename", "run", "segment")), Column("path", kind=Kind.PATH, drop_empty=True))
    return Table(columns, rows, note="\n".join(notes))
