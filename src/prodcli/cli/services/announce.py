"""prodcli announce."""

from __future__ import annotations

from typing import Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import current
from prodcli.cli.notes import Expiry

EXAMPLE = 'Example: prodcli announce "no submissions until the field map is fixed" --until 36h'
Text = Annotated[str | None, typer.Argument(metavar="[TEXT]", help="What everybody should know; default: show all.")]
Remove = Annotated[list[int] | None, typer.Option("--remove", metavar="IDS...", help="Remove announcements.")]


def announce(
    context: typer.Context,
    text: Text = None,
    until: Expiry = None,
    remove: Remove = None,
    author: notes.Author = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Announce a text that stands on every view.

    It stands until a time, or until somebody removes it. Without a text the announcements are shown, with the numbers for --remove.
    """
    from prodcli.books.expiry import Until, expiry
    from prodcli.db.schema import require_current
    from prodcli.errors import UsageError
    from prodcli.services import announcements
    from prodcli.sizes import counted

    session = current(context)
    changes = text is not None or bool(remove)
    books = session.database("production", read_only=not changes)
    require_current(books)
    if text is not None and remove:
        raise UsageError("give a text, or --remove", where="announce")
    if text is not None:
        line = announcements.announcement_of(text)
        ends = expiry(books, notes.until_of(until) or Until(), "--until")
        announcements.announce(books, line, notes.author_of(author), ends)
        notes.note_action(session, "announce", "announced", line, author)
    elif remove:
        gone = announcements.end(books, remove)
        if not gone:
            raise UsageError("no such announcement stands", where="--remove", todo="prodcli announce shows them")
        notes.note_action(session, "announce remove", f"{counted(gone, 'announcement')} removed", author=author)
    from prodcli.services.announcement_table import announcement_table

    session.show(announcement_table(announcements.standing(books)), style)
