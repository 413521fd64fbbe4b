"""prodcli campaign close."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_tags
from prodcli.cli.context import current

CLOSE_EXAMPLE = "Example: prodcli campaign close ana537_2025p010_v001 archive/ana537_2025p010_v001 --unfinished -n"
Tag = Annotated[str, typer.Argument(metavar="TAG", help="The tag of the campaign.", autocompletion=complete_tags)]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the archive.")]
Unfinished = Annotated[bool, typer.Option("--unfinished", help="Close it although not all jobs are finished.")]


def close(
    context: typer.Context,
    tag: Tag,
    folder: Folder,
    unfinished: Unfinished = False,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Archive a campaign that is done, and make it inactive.

    The folder gets the rules and the commits that jobs were submitted with, a summary, figures of each run, failures, a list
    of outputs with their places, and the runs with failed jobs. A campaign whose jobs are not all finished is refused.
    """
    from prodcli.campaigns.archive import Archive, end_campaigns, require_done, require_new
    from prodcli.campaigns.campaign_words import change_in_words
    from prodcli.db.schema import require_current
    from prodcli.reports.families import Families
    from prodcli.reports.status_table import status_table

    session = current(context)
    books = session.database("production", read_only=dry_run)
    require_current(books)
    archive = Archive(books, session.catalog("filecatalog"), tag, Families(session.site).of_dsttype)
    found = archive.lines()
    require_done(found, tag, unfinished)
    require_new(folder)
    if dry_run:
        session.show(status_table(found).noted("dry run: nothing was changed"), style)
        return
    with session.progress(f"archiving {tag}"):
        archived = archive.write(folder)
    ended = [change_in_words(one, session.zone) for one in end_campaigns(books, tag)]
    notes.note_action(session, "campaign close", "closed", reason, tag=tag, folder=str(folder.absolute()))
    session.summarize_table(archived.table.noted(*ended), style)
