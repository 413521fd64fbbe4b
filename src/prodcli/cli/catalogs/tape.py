"""prodcli tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.catalogs.lines import show_lines
from prodcli.cli.complete import complete_hosts
from prodcli.cli.context import Session, current
from prodcli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.catalogs.file_search import TapeSearch

EXAMPLE = "Example: prodcli tape --runs 66400-66700"


def tape(
    context: typer.Context,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--hosts",
            metavar="HOSTS...",
            help="Only files of these hosts: TPC17, INTT, gl1daq; default: all hosts of the catalog.",
            autocompletion=complete_hosts,
        ),
    ] = None,
    style: options.Format = options.Style.TABLE,
) -> None:
    """List raw files that are on tape only, one a line.

    The list is for whoever stages files. Bad files are not in it; stderr counts them.
    """
    from prodcli.catalogs.file_search import find_on_tape
    from prodcli.cli.run_options import read_selection

    if not runs and not runlist:
        raise UsageError("no runs are named", where="tape", todo="--runs or --runlist")
    session = current(context)
    chosen = read_selection(session, runs, runlist, exclude)
    found = find_on_tape(session.database("raw", read_only=True), chosen, _host_names(session, hosts or ()))
    _show(session, found, style)
    runs_of_files = f"of {len(found.counts)} runs " if found.counts else ""
    bad = f"; {found.bad} more are bad, and are not listed" if found.bad else ""
    session.say(f"{found.total} raw files {runs_of_files}are on tape only{bad}")


def _show(session: Session, found: TapeSearch, style: options.Style) -> None:
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Kind, Table

    if style is options.Style.TABLE:
        if broken := sum(show_lines(session, (file.filename for file in page)) for page in found.pages):
            session.warn(f"{counted(broken, 'file')} not listed: with a line break in the name")
        return
    rows = [list(file) for page in found.pages for file in page]
    columns = (*map(Column, ("filename", "run", "host", "segment")), Column("bytes", kind=Kind.BYTES))
    session.show(Table(columns, rows), style)


def _host_names(session: Session, words: Sequence[str]) -> list[str]:
    """The hosts of some words, as the raw catalog writes them; raises UsageError for an unknown word."""
    try:
        return [host.name for word in words for host in session.site.hosts_called(word)]
    except ConfigError as failure:
        raise UsageError(failure.what, where="--hosts") from None
