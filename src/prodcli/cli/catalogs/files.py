"""prodcli files."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.catalogs.file_search import FileStatus
from prodcli.cli import options
from prodcli.cli.catalogs.lines import show_lines
from prodcli.cli.complete import complete_dsttypes
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError
from prodcli.tables.table import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prodcli.catalogs.file_search import CatalogFile, FileSearch
    from prodcli.tables.table import Cell

EXAMPLE = "Example: prodcli files --runs 66400-66700 --dsttype DST_TRKR_CLUSTER"
_COLUMNS = (
    Column("filename", kind=Kind.PATH),
    Column("run"),
    Column("segment"),
    Column("dsttype", shared=True),
    Column("dataset", level=1, shared=True),
    Column("tag", shared=True),
    Column("status", level=1, shared=True),
    Column("events", kind=Kind.COUNT, level=2),
    Column("bytes", kind=Kind.BYTES, level=1),
    Column("host", level=3, shared=True),
    Column("path", kind=Kind.PATH),
)
_MOST = 1000  # files in a table for people


@takes(view, without={"limit", "watch", "every"})
def files(
    context: typer.Context,
    how: View,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    dsttype: Annotated[
        str | None,
        typer.Option(
            "--dsttype",
            help="Only files of this dsttype, with or without its host.",
            autocompletion=complete_dsttypes,
        ),
    ] = None,
    tag: options.TagOfFiles = None,
    dataset: Annotated[str | None, typer.Option("--dataset", help="Only files of this dataset, like run3auau.")] = None,
    status: Annotated[FileStatus | None, typer.Option("--status", help="Only files with this status.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=0, help="Show at most this many files; 0: all. Default: 1000 in a table, else all."
        ),
    ] = None,
    paths: Annotated[bool, typer.Option("--paths", help="Show only paths, one a line, for other programs.")] = False,
) -> None:
    """Find files in the file catalog.

    Name runs or a dsttype. A file that lies in several places has a line for each place.
    """
    from prodcli.catalogs.file_search import FileFilter, dsttypes_called, find_files
    from prodcli.cli.run_options import read_filter
    from prodcli.runs.selection import parse_segments

    if not runs and not dsttype:
        raise UsageError("no files are chosen", where="files", todo="choose by --runs or --dsttype")
    session = current(context)
    names = dsttypes_called(session.site, dsttype) if dsttype else ()
    chosen = read_filter(session, runs, exclude)
    wanted = FileFilter(chosen, parse_segments(segments or ()), names, tag or (), dataset, status)
    found = find_files(session.database("filecatalog", read_only=True), wanted)
    if paths:
        _show_paths(session, found, limit or None)
    else:
        most = _MOST if limit is None and not how.is_data and not how.sort else limit
        _show_table(session, found, most or None, how)


def _show_paths(session: Session, found: FileSearch, most: int | None) -> None:
    """Write paths page by page; files without a place in the catalog are counted on stderr."""
    from prodcli.sizes import counted

    lost = sum(show_lines(session, (file.path for file in page)) for page in _first(found.pages, most))
    if lost:
        session.warn(f"{counted(lost, 'file')} not listed: without a path in the catalog, or with a line break in it")


def _first(pages: Iterator[list[CatalogFile]], most: int | None) -> Iterator[list[CatalogFile]]:
    """The pages up to so many files."""
    left = most
    for page in pages:
        yield page[:left]
        if left is not None:
            left -= len(page)
            if left <= 0:
                return


def _show_table(session: Session, found: FileSearch, most: int | None, how: View) -> None:
    from prodcli.tables.table import Table

    rows: list[list[Cell]] = [list(file) for file in islice(chain.from_iterable(_first(found.pages, most)), most)]
    note = f"{found.total} files"
    if len(rows) < found.total:
        note += f", {len(rows)} are shown (--limit 0: all)"
    marks = {"tape": "yellow", "bad": "red"}
    session.show(Table(_COLUMNS, rows, marks=marks, note=note), how)
