"""prodcli usage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_dsttypes
from prodcli.cli.context import current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.space.usage import Disk, Usage
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli usage --tag ana537_2025p010_v001"
_TEN_YEARS = 3650  # days


@takes(view, without={"watch", "every"})
def usage(
    context: typer.Context,
    how: View,
    tag: options.TagOfFiles = None,
    dsttype: Annotated[
        str | None,
        typer.Option("--dsttype", help="Only files of this dsttype, with its hosts.", autocompletion=complete_dsttypes),
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Growth by what was registered since then: 7d.")] = "7d",
) -> None:
    """Show what productions take on disk, and when disks will be full.

    Files and bytes are those of the file catalog, by tag and dsttype.
    """
    from prodcli.cli.times import since_of
    from prodcli.space import usage as service
    from prodcli.tables.arrange import arranged
    from prodcli.tables.faces import data_rows

    session, begin, now = current(context), since_of(since) or 0, int(time.time())
    if begin >= now:
        raise UsageError(f"{since!r:.60} is not in the past", where="--since")
    catalog = session.database("filecatalog", read_only=True)
    with session.progress("adding up the file catalog"):
        lines = service.usage(catalog, session.site, tag or (), dsttype)
        disks = service.disks(catalog, session.site, begin, now)
    table = arranged(_lines(lines), how.sort, how.limit, how.columns)
    if how.style is options.Style.JSON:
        session.show_json({"usage": list(data_rows(table)), "disks": [_disk_data(one) for one in disks]})
    else:
        session.show(table, how.style)
        if how.style is not options.Style.CSV:
            session.show(_disks(disks), how.style)


def _lines(lines: Sequence[Usage]) -> Table:
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("tag"),
        Column("dsttype"),
        Column("files", kind=Kind.COUNT, level=1),
        Column("size", kind=Kind.BYTES, level=1),
        Column("tape_files", "on tape", Kind.COUNT, 2, drop_empty=True),
        Column("tape_size", "size on tape", Kind.BYTES, 2, drop_empty=True),
    )
    files, size = sum(one.files for one in lines), sum(one.size for one in lines)
    tape_files, tape_size = sum(one.tape_files for one in lines), sum(one.tape_size for one in lines)
    total: list[Cell] = ["total", "", files, size, tape_files, tape_size]
    return Table(columns, lines, total=total if lines else None, note="" if lines else "no files")


def _disks(disks: Sequence[Disk]) -> Table:
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("folder"),
        Column("used", kind=Kind.BYTES, level=1),
        Column("free", kind=Kind.BYTES, level=1),
        Column("full", kind=Kind.PERCENT, level=1),
        Column("growth", "per day", Kind.BYTES, 2),
        Column("when", level=1),
        Column("roots", level=2),
    )
    rows: list[list[Cell]] = [
        [one.folder, one.used, one.free, 100 * one.fullness, one.growth, _end(one), ", ".join(one.kinds)]
        for one in disks
    ]
    note = "" if rows else "no root exists"
    return Table(columns, rows, title="disks below the roots", marks={"full": "bold red"}, note=note)


def _end(disk: Disk) -> str:
    """`full in 12 days`, or what the site allows: `at 97 % in 12 days`; beyond ten years nobody can tell."""
    if disk.days_left is None or disk.days_left > _TEN_YEARS:
        return "does not fill"
    what = "full" if disk.full_at is None else f"at {100 * disk.full_at:g} %"
    return f"{what} in {disk.days_left:.0f} days" if disk.days_left else what


def _disk_data(disk: Disk) -> dict[str, object]:
    return {
        "roots": list(disk.kinds),
        "folder": disk.folder,
        "used": disk.used,
        "free": disk.free,
        "fullness": round(disk.fullness, 4),
        "full_at": disk.full_at,
        "growth_per_day": disk.growth,
        "days_left": None if disk.days_left is None else round(disk.days_left, 1),
    }
