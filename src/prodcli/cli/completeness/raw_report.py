"""`check --raw`: check the raw catalog, and show what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.cli import options
from prodcli.cli.context import Session
from prodcli.errors import PartlyDone, ProdError

if TYPE_CHECKING:
    from prodcli.cli.completeness.check_resources import Looks
    from prodcli.completeness.raw_check import RawResult
    from prodcli.runs.selection import RunSelection

_WHERE = "raw catalog"


def check(session: Session, runs: RunSelection, looks: Looks, examples: int, style: options.Style) -> None:
    """Show what differs; raises ProdError if something does, PartlyDone if folders cannot be read."""
    from prodcli.completeness.raw_check import RawCheck

    raw = session.database("raw", read_only=True)
    result = RawCheck(raw=raw, runs=runs, disk=looks.disk, deep=looks.deep, progress=session.progress).result()
    if result.elsewhere:
        session.say(f"{len(result.elsewhere)} folders of raw files are not on this host, like {min(result.elsewhere)}")
    _show(session, result, examples, style)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(result.kinds.items()))
    if result.unreadable:
        raise PartlyDone(f"{len(result.unreadable)} folders cannot be read, like {result.unreadable[0]}", where=_WHERE)
    if told:
        raise ProdError(f"{len(result.findings)} findings: {told}", where=_WHERE, todo="--format json lists all")


def _show(session: Session, result: RawResult, examples: int, style: options.Style) -> None:
    """A row for each kind, with examples; JSON has every finding."""
    from prodcli.tables.table import Cell, Column, Kind, Table

    if style is options.Style.JSON:
        counts = {"files": result.files, "files_on_disk": result.on_disk}
        session.show_json(counts | {"findings": [one._asdict() for one in result.findings]})
        return
    rows: list[list[Cell]] = []
    for kind, count in sorted(result.kinds.items()):
        some = [f"{one.filename}: {one.detail}" for one in result.findings if one.kind is kind][:examples]
        rows.append([kind.value, count, "; ".join(some)])
    note = f"{result.files} raw files in the catalog, {result.on_disk} of them on disk"
    columns = (Column("finding"), Column("files", kind=Kind.COUNT), Column("examples", kind=Kind.DETAIL))
    session.summarize_table(Table(columns, rows, note=note), style)
