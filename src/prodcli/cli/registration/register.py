"""prodcli register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.notes import note_action
from prodcli.cli.rules.rule_options import RuleChoice, chooses_runs

if TYPE_CHECKING:
    from prodcli.registration.register import Registration
    from prodcli.tables.table import Table

EXAMPLE = "Example: prodcli register -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000"


@chooses_runs
def register(
    context: typer.Context,
    chosen: RuleChoice,
    dry_run: options.DryRun = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the new files.")] = False,
    md5: Annotated[bool, typer.Option("--md5/--no-md5", help="Compute checksums, or leave checksums empty.")] = True,
    count_events: Annotated[
        bool, typer.Option("--count-events", help="Count the entries of the tree T, with uproot.")
    ] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Register output files on disk in the file catalog.

    Files under the rule's outdir are registered. Rows of files that were made again or moved are refreshed. Empty files,
    links and files of other names are left out, with a warning. Odd files go into quarantine.
    """
    from prodcli.errors import PartlyDone
    from prodcli.registration import register as service
    from prodcli.registration.production import Production
    from prodcli.registration.quarantine import Quarantine
    from prodcli.registration.root_files import event_counter
    from prodcli.sizes import counted

    session, rule = chosen.session, chosen.rule
    selection = chosen.selection
    if not dry_run:
        session.keep_log()
    filecatalog = session.database("filecatalog", read_only=dry_run)
    production = Production(rule.params.dataset, rule.outtriplet, session.site)
    done = service.register(
        rule,
        selection,
        filecatalog,
        with_md5=md5,
        count=event_counter() if count_events else None,
        dry_run=dry_run,
        listing=verbose,
        progress=session.progress,
        quarantine=Quarantine(production, filecatalog, session.catalog("production", read_only=dry_run)),
    )
    if not dry_run and done.new + done.refreshed:
        result = f"{counted(done.new, 'file')} registered, {done.refreshed} refreshed"
        note_action(session, "register", result, rule=rule.name, tag=rule.outtriplet)
    session.summarize_table(_files(done) if verbose else _counts(rule.name, done, dry_run), style)
    if done.unreadable:
        raise PartlyDone(
            f"{len(done.unreadable)} places cannot be read", where=done.unreadable[0], todo="register again"
        )


def _counts(rule: str, done: Registration, dry_run: bool) -> Table:
    from prodcli.tables.table import Cell, Column, Kind, Table

    columns = (
        Column("rule"),
        *(Column(key, kind=Kind.COUNT) for key in ("found", "new", "refreshed", "known")),
        *(
            Column(key, kind=Kind.COUNT, style="yellow", drop_empty=True)
            for key in ("quarantined", "empty", "left_out")
        ),
        Column("bytes", "size", Kind.BYTES, level=1),
    )
    left_out = len(done.strangers) + len(done.changing) + len(done.unreadable)
    counts = (done.found, done.new, done.refreshed, done.known, len(done.quarantined), len(done.empty), left_out)
    row: list[Cell] = [rule, *counts, done.size]
    return Table(columns, [row], note="a dry run: nothing was registered" if dry_run else "")


def _files(done: Registration) -> Table:
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        *(Column("filename"), Column("runnumber", "run"), Column("segment"), Column("dsttype", level=1)),
        *(Column("size", kind=Kind.BYTES), Column("md5", level=2, drop_empty=True), Column("path", kind=Kind.PATH)),
    )
    rows = [[getattr(file, column.key) for column in columns] for file in done.files]
    return Table(
        columns, rows, note=f"{done.new} new of {done.found} files, {done.refreshed} refreshed, {done.known} known"
    )
