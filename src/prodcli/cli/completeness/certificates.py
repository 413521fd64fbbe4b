"""`check --certify` and `check --against`: write a manifest, and compare one with the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli import notes, options
from prodcli.cli.context import Session
from prodcli.errors import ConfigError, DatabaseError, PartlyDone, ProdError, UsageError

if TYPE_CHECKING:
    from prodcli.completeness.against import Comparison
    from prodcli.completeness.check import Check


def certify(session: Session, check: Check, file: Path) -> None:
    """Write the manifest of a complete production, and keep its checksum.

    Raises ProdError for another production, UsageError where the disk is not looked at.
    """
    from prodcli.completeness.certificate import Certificate, header_of
    from prodcli.completeness.result import collected
    from prodcli.db.schema import require_current

    if check.files is None or not check.files.disk:
        raise UsageError("a certificate needs the files on disk, and they are not looked at", where=f"--certify {file}")
    books = session.database("production")
    require_current(books)
    session.keep_log()
    header = header_of(check.rule, check.runs, notes.author_of(""))
    certificate = Certificate(file.absolute(), header, check.rule, books)
    with certificate.being_written() as manifest:
        result = collected(check.rule, certificate.with_files(manifest, check.parts()))
        sha256 = certificate.finish(manifest, result)
    session.summarize(
        f"{file}: {manifest.files} files, {manifest.bytes} bytes, {manifest.events} events, sha256 {sha256}"
    )


def compare(session: Session, file: Path, deep: bool, style: options.Style) -> None:
    """Show what differs from a manifest; raises ProdError if something does, PartlyDone if files cannot be read."""
    from prodcli.completeness.against import Difference, compared
    from prodcli.tables.table import Column, Kind, Table

    found = compared(file, deep, session.progress)
    changed = _changed(session, found)
    differences = [*([Difference(str(file), changed)] if changed else []), *found.differences, *found.unreadable]
    note = f"{found.files} files of {found.header.dsttype} {found.header.tag}, runs {found.header.runs:.200}"
    rows = [[one.path, one.what] for one in differences]
    columns = (Column("path", kind=Kind.PATH), Column("what_differs"))
    session.summarize_table(Table(columns, rows, note=note), style)
    if found.unreadable:
        raise PartlyDone(f"{len(found.unreadable)} files cannot be read", where=str(file))
    if differences:
        raise ProdError(f"{len(differences)} differences", where=str(file), todo="see the table")


def _changed(session: Session, found: Comparison) -> str:
    """What the books say against the manifest; nothing, with a line on stderr, if they are not at hand."""
    from prodcli.completeness.against import changed_since

    try:
        return changed_since(found, session.database("production_read", read_only=True))
    except (ConfigError, DatabaseError) as failure:
        session.say(f"the manifest itself is not compared with the books: {failure}")
        return ""
