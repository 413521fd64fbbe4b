"""prodcli dashboard html."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.hints import hint
from prodcli.cli.pages.books import books_of
from prodcli.errors import ProdError

if TYPE_CHECKING:
    from prodcli.pages.books_of_pages import BooksOfPages

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of the pages: new, empty, or of earlier pages.")
]
Watch = Annotated[
    int | None, typer.Option("--watch", min=1, metavar="SECONDS", help="Write the pages anew every so many seconds.")
]
All = Annotated[bool, typer.Option("--all", help="Runs and jobs also of tags whose jobs are all done.")]


def html(
    context: typer.Context,
    folder: Folder,
    tag: options.Tag = None,
    every: All = False,
    watch: Watch = None,
) -> None:
    """Write a site of static pages: campaigns, steps, runs and jobs.

    The site needs neither a network nor a web server. The new pages take the place of the old ones at once. Tags whose jobs
    are all done have their steps; --all or --tag adds their runs and jobs.
    """
    from prodcli.books.filters import Filters
    from prodcli.cli.tables.watch import look_again

    session = current(context)
    if tag:
        hint(session, Filters(tag), found=False)

    def write() -> None:
        _write(session, folder, books_of(session, tag, every))

    if watch is None:
        write()
    else:
        look_again(write, watch)


def _write(session: Session, folder: Path, books: BooksOfPages) -> None:
    from prodcli.pages.site import write_site
    from prodcli.pages.site_pages import pages_of
    from prodcli.reports.freshness import freshness

    as_of = freshness(books.database).words(session.zone)
    try:
        with session.progress("writing the pages"):
            count = write_site(folder, pages_of(books), as_of)
    except OSError as failure:
        raise ProdError(f"the pages cannot be written: {failure.strerror}", where=str(folder)) from None
    session.summarize(f"{count} pages: {folder / 'index.html'}")
