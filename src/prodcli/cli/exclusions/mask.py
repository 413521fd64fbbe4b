"""prodcli mask add|list|remove|auto."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_hosts
from prodcli.cli.context import Session, current
from prodcli.cli.notes import note_action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.exclusions.auto_mask import MaskProposal

app = typer.Typer(help="Mask detector hosts that were off in a range of runs.", no_args_is_help=True)
Hosts = Annotated[
    list[str],
    typer.Argument(metavar="HOSTS...", help="Hosts: TPC17, INTT3, ebdc17_1.", autocompletion=complete_hosts),
]


@app.command("add", epilog='Example: prodcli mask add TPC17 INTT3 --runs 69600 69650 --reason "HV off"')
def add(
    context: typer.Context,
    hosts: Hosts,
    reason: notes.Reason,
    runs: options.Runs = None,
    dsttype: options.Made = "",
    until: notes.Expiry = None,
    author: notes.Author = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Mask hosts in a range of runs.

    Every later pass submits jobs of these runs without the hosts. The same mask is not added twice.
    """
    from prodcli.db.schema import require_current
    from prodcli.exclusions import noted
    from prodcli.exclusions.masks import Mask, known_dsttype, masked_hosts

    session = current(context)
    names, made = masked_hosts(session.site, hosts, "mask add"), known_dsttype(session.site, dsttype)
    why, end, who = notes.reason_of(reason), notes.until_of(until), notes.author_of(author)
    masks = [Mask(names, span, made, reason=why) for span in notes.spans_of(runs)]
    database = session.database("production")
    require_current(database)
    added = noted.add(database, noted.NoteKind.MASKS, masks, who, end)
    notes.log_notes(session, "mask add", added, why, author)
    notes.show(session, noted.NoteKind.MASKS, added, style, always=False)


@app.command("list", epilog="Example: prodcli mask list --all")
def list_(context: typer.Context, every: notes.Every = False, style: options.Format = options.Style.TABLE) -> None:
    """List the masks that apply now."""
    from prodcli.exclusions.noted import NoteKind

    notes.show_all(current(context), NoteKind.MASKS, every, style)


@app.command("remove", epilog="Example: prodcli mask remove 1 --dry-run")
def remove(
    context: typer.Context,
    ids: notes.Ids,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Remove masks. Jobs that ran under them stay as they are."""
    from prodcli.exclusions.noted import NoteKind

    notes.remove(current(context), NoteKind.MASKS, ids, dry_run, yes, style)


@app.command("auto", epilog="Example: prodcli mask auto --runs 66456 66500 --dry-run")
def auto(
    context: typer.Context,
    runs: options.Runs = None,
    neighbours: Annotated[
        int,
        typer.Option("--neighbours", min=1, max=1000, help="Neighbouring runs on either side that must have the host."),
    ] = 1,
    until: notes.Expiry = None,
    dry_run: options.DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Find absent hosts run by run, and mask them.

    A host is absent if a run lacks it and the neighbouring runs have it. Only hosts of the site profile's auto_mask
    are masked. The command proposes masks of other hosts.
    """
    from prodcli.cli.run_options import read_selection
    from prodcli.db.schema import require_current
    from prodcli.exclusions import auto_mask
    from prodcli.sizes import counted

    session = current(context)
    selection, end = read_selection(session, runs, None), notes.until_of(until)
    database = session.database("production", read_only=dry_run)
    if not dry_run:
        require_current(database)
    daq = session.database("daq", read_only=True)
    proposals = auto_mask.propose(daq, database, session.site, selection, neighbours)
    count = 0 if dry_run else auto_mask.apply(database, proposals, f"auto ({notes.author_of('')})", end)
    if count:
        note_action(session, "mask auto", f"{counted(count, 'mask')} added", runs=str(selection))
    _show(session, proposals, "dry run: nothing was changed" if dry_run else f"masks added: {count}", style)


def _show(session: Session, proposals: Sequence[MaskProposal], note: str, style: options.Style) -> None:
    """Show proposals; with --quiet only if one waits for a person."""
    from prodcli.exclusions.auto_mask import MaskFate
    from prodcli.exclusions.masks import spoken
    from prodcli.tables.table import Cell, Column, Table

    rows: list[list[Cell]] = [
        [one.absence.run, one.absence.runtype, spoken(session.site, one.hosts), ",".join(one.hosts), *_why(one)]
        for one in proposals
    ]
    columns = (
        *(Column("run"), Column("runtype", level=1), Column("absent"), Column("hosts", level=2)),
        *(Column("fate"), Column("why", level=1)),
    )
    table = Table(columns, rows, note=note)
    waiting = any(one.fate is MaskFate.PROPOSED for one in proposals)
    (session.show if waiting else session.summarize_table)(table, style)


def _why(one: MaskProposal) -> tuple[str, str]:
    return one.fate.value, one.mask.reason
