"""prodcli campaign list|show|unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import options
from prodcli.cli.campaigns import campaign_options
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.campaigns.overview import Campaign
    from prodcli.campaigns.progress import Progress

LIST_EXAMPLE = "Example: prodcli campaign list --active"
SHOW_EXAMPLE = "Example: prodcli campaign show ana537_2025p010_v001"
UNKNOWN_EXAMPLE = "Example: prodcli campaign unknown"
Active = Annotated[
    bool | None,
    typer.Option("--active/--inactive", help="Only active campaigns, or only other ones.", show_default=False),
]
OfType = Annotated[
    str,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Only campaigns of this production type.",
        autocompletion=campaign_options.complete_production_types,
    ),
]


@takes(view)
def list_(context: typer.Context, how: View, active: Active = None, of_type: OfType = "") -> None:
    """Show campaigns: what curators say of them, and how far they are.

    A campaign is a tag with a production type. Active ones come first, then the lowest priority (priorities of HTCondor
    are the other way round: the largest comes first).
    """
    from prodcli.campaigns.campaign_table import campaign_table
    from prodcli.campaigns.overview import campaigns

    session = current(context)
    books = campaign_options.books_of(session, "production_read", read_only=True)
    found = [one for one in campaigns(books, active) if of_type in ("", one.production_type)]
    session.show(campaign_table(_progress(session, found)), how)


def show(
    context: typer.Context,
    tag: campaign_options.Tags,
    of_type: campaign_options.Type = "all",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show campaigns with their jobs by dsttype and dataset."""
    from prodcli.campaigns.chosen import chosen
    from prodcli.campaigns.overview import campaigns

    if style not in (options.Style.TABLE, options.Style.JSON):
        raise UsageError("campaigns have no such format", where="--format", todo="--format json, or campaign list")
    session = current(context)
    books = campaign_options.books_of(session, "production_read", read_only=True)
    found = _progress(session, chosen(campaigns(books), tag, of_type))
    if style is options.Style.JSON:
        session.show_json([_data(one) for one in found])
        return
    session.show_announcements()
    for one in found:
        _show_page(session, one)


@takes(view)
def unknown(context: typer.Context, how: View) -> None:
    """Show dsttypes of jobs that have no production type.

    Their jobs belong to no campaign. Such a dsttype stops no job; it waits here until the site profile names it.
    """
    from prodcli.campaigns.campaign_table import unknown_table
    from prodcli.campaigns.unknown_dsttypes import unknown_dsttypes

    session = current(context)
    books = campaign_options.books_of(session, "production_read", read_only=True)
    session.show(unknown_table(unknown_dsttypes(books)), how)


def _progress(session: Session, found: Sequence[Campaign]) -> list[Progress]:
    """Campaigns with their jobs, which are counted by tag once."""
    from prodcli.books.filters import Filters
    from prodcli.campaigns.progress import progress_of
    from prodcli.reports.families import Families
    from prodcli.reports.status import status_lines

    filters = Filters(sorted({one.tag for one in found}))
    name = Families(session.site).of_dsttype
    lines = status_lines(session.database("production_read", read_only=True), filters, None, name) if found else []
    return progress_of(found, lines, session.site)


def _show_page(session: Session, one: Progress) -> None:
    from prodcli.campaigns.campaign_words import campaign_in_words
    from prodcli.reports.status_table import status_table

    session.show_text("\n".join(["", *campaign_in_words(one.campaign, session.zone)]))
    session.show(status_table(one.lines))


def _data(one: Progress) -> dict[str, Any]:
    """A campaign as `campaign list` has it, with its jobs by dsttype and dataset."""
    from prodcli.campaigns.campaign_table import campaign_table
    from prodcli.reports.status_table import status_table
    from prodcli.tables.faces import data_rows

    (row,) = data_rows(campaign_table([one]))
    return row | {"lines": list(data_rows(status_table(one.lines)))}
