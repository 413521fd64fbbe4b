"""prodcli usage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_dsttypes, complete_tags
from prodcli.cli.context import current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.space.usage import Disk, Usage
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli usage --tag ana537_2025p010_v001"
_TEN_YEARS = 3650  # days
_GB = 1e9
_TEN_YEARS = 3650  # days


def usage(
    context: typer.Context,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAGS...", help="Only files of these tags.", autocompletion=complete_tags),
    ] = None,
    dsttype: Annotated[
        str | None,
        typer.Option("--dsttype", help="Only files of this dsttype, with its hosts.", autocompletion=complete_dsttypes),
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Growth by what was registered since then: 7d.")] = "7d",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show what productions take on disk, and when disks will be full.

    Files and bytes are those of the file catalog, by tag and dsttype.
    """
    from prodcli.cli.times import since_of
    from prodcli.space import usage as service

    session, begin, now = current(context), since_of(since) or 0, int(time.time())
    if begin >= now:
        raise UsageError(f"{since!r:.60} is not in the past", where="--since")
    catalog = session.database("filecatalog", read_only=True)
    with session.progress("adding up the file catalog"):
        lines = service.usage(catalog, session.site, tag or (), dsttype)
        disks = service.disks(catalog, session.site, begin, now)
    if style is options.Style.JSON:
        session.show_json({"usage": [one._asdict() for one in lines], "disks": [_disk_data(one) for one in disks]})
    elif style is options.Style.CSV:
        session.show(_lines(lines), style)
    else:
        session.show(_lines(lines))
        session.show(_disks(disks))


def _lines(lines: Sequence[Usage]) -> Table:
    from prodcli.tables.table import Table

    rows: list[list[Cell]] = [
        [one.tag, one.dsttype, one.files, one.size / _GB, one.tape_files, one.tape_size / _GB] for one in lines
    ]
    files, size = sum(one.files for one in lines), sum(one.size for one in lines)
    tape_files, tape_size = sum(one.tape_files for one in lines), sum(one.tape_size for one in lines)
    total: list[Cell] = ["total", "", files, size / _GB, tape_files, tape_size / _GB]
    return Table(
        ("tag", "dsttype", "files", "GB", "on tape", "GB on tape"), rows,
        total=total if rows else None, narrow=frozenset({"on tape", "GB on tape"}), note="" if rows else "no files",
    )  # fmt: skip


def _disks(disks: Sequence[Disk]) -> Table:
    from prodcli.tables.table import Table

    rows: list[list[Cell]] = [
        [
            ", ".join(one.kinds),
            one.folder,
            one.used / _GB,
            one.free / _GB,
            100 * one.fullness,
            one.growth / _GB,
            _end(one),
        ]
        for one in disks
    ]
    columns = ("roots", "folder", "GB used", "GB free", "% full", "GB per day", "when")
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
