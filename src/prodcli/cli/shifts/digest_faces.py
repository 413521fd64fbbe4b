"""The faces of a digest: text, Markdown, JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prodcli.cli.options import Style
from prodcli.tables.faces import data_rows, escaped, exact_time
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.shifts.digest import Digest


def show_tables(session: Session, found: Digest, style: Style, brief: bool) -> None:
    """Show a digest for people: title, a few lines, and a table for each part."""
    markdown = style is Style.MARKDOWN
    tags = f" of {', '.join(found.tags)}" if found.tags else ""
    title = f"Digest: {found.span.words(session.zone)}{tags}"
    lines = found.headline(session.zone)
    session.show_text(f"# {escaped(title)}" if markdown else title)
    if markdown:
        session.show_text("")
    session.show_text("\n".join(f"- {escaped(line) if markdown else line}" for line in lines))
    if brief:
        return
    for one in found.sections():
        heading = one.heading + _compared(session, found) * (one.key == "changes")
        if markdown:
            session.show_text(f"\n## {escaped(heading)}")
        session.show_text("")
        session.show(one.table if markdown else replace(one.table, title=heading), style)


def _compared(session: Session, found: Digest) -> str:
    before = found.before
    return f" ({clock_time(before.made, session.zone)}, {before.author})" if before else ""


def as_data(found: Digest, brief: bool) -> dict[str, Any]:
    """A digest for programs."""
    span, before = found.span, found.before
    data: dict[str, Any] = {"since": exact_time(span.since), "until": exact_time(span.until), "shift": span.shift}
    data |= {"tags": list(found.tags), "headline": found.headline()}
    data |= {"compared_with": {"made": exact_time(before.made), "author": before.author} if before else None}
    return data if brief else data | {one.key: list(data_rows(one.table)) for one in found.every()}
