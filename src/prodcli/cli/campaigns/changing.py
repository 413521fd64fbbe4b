"""prodcli campaign activate|deactivate|set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.campaigns import campaign_options
from prodcli.cli.context import Session, current
from prodcli.errors import UsageError, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.campaigns.changes import Value

ACTIVATE_EXAMPLE = "Example: prodcli campaign activate ana537_2025p010_v001"
DEACTIVATE_EXAMPLE = "Example: prodcli campaign deactivate ana537_2025p010_v001"
SET_EXAMPLE = 'Example: prodcli campaign set ana537_2025p010_v001 --priority 10 --note "for QM"'
DisplayName = Annotated[
    str | None, typer.Option("--display-name", metavar="TEXT", help="What boards and pages call it; '': the tag.")
]
StartedAt = Annotated[
    str | None, typer.Option("--started-at", metavar="TIME", help="2026-01-31, a time, or 3d (ago); '': unknown.")
]
ExpectedEnd = Annotated[
    str | None,
    typer.Option("--expected-end", metavar="TIME", help="2026-03-31, a time, or 30d (from now); '': unknown."),
]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="A line for everybody; '': none.")]
_MOST_NAME, _MOST_NOTE = 100, 500  # letters


def activate(
    context: typer.Context,
    tag: campaign_options.Tags,
    of_type: campaign_options.Type = "",
    reason: options.Why = "",
    author: notes.Author = "",
) -> None:
    """Make campaigns active: boards and pages show them first.

    A new campaign is not active until a curator says so.
    """
    _change(current(context), "campaign activate", tag, of_type, {"active": True}, reason, author)


def deactivate(
    context: typer.Context,
    tag: campaign_options.Tags,
    of_type: campaign_options.Type = "",
    reason: options.Why = "",
    author: notes.Author = "",
) -> None:
    """Make campaigns inactive; their jobs go on."""
    _change(current(context), "campaign deactivate", tag, of_type, {"active": False}, reason, author)


def set_(
    context: typer.Context,
    tag: campaign_options.Tag,
    of_type: campaign_options.Type = "",
    display_name: DisplayName = None,
    priority: Annotated[int | None, campaign_options.PRIORITY] = None,
    started_at: StartedAt = None,
    expected_end: ExpectedEnd = None,
    note: Note = None,
    author: notes.Author = "",
) -> None:
    """Set what boards and pages say of a campaign."""
    said: dict[str, Value | None] = {
        "display_name": _line(display_name, "--display-name", _MOST_NAME),
        "priority": priority,
        "note": _line(note, "--note", _MOST_NOTE),
    }
    values: dict[str, Value] = {key: value for key, value in said.items() if value is not None}
    values |= _times(started_at, expected_end)
    if not values:
        raise UsageError("say what to set", where="campaign set", todo="like --priority 10")
    _change(current(context), "campaign set", [tag], of_type, values, "", author)


def _times(started_at: str | None, expected_end: str | None) -> dict[str, Value]:
    """The times that were said, in seconds since 1970; None for an empty word."""
    from prodcli.cli.services.moments import moment

    now = datetime.now(UTC)
    said = (("started_at", started_at, -1), ("expected_end", expected_end, 1))
    return {
        key: moment(text, f"--{key.replace('_', '-')}", now, sign) if text else None
        for key, text, sign in said
        if text is not None
    }


def _line(text: str | None, option: str, most: int) -> str | None:
    """A text in one line; raises UsageError for one that is too long."""
    line = None if text is None else one_line(text)
    if line is not None and len(line) > most:
        raise UsageError(f"a line of {len(line)} letters is too long", where=option, todo=f"at most {most} letters")
    return line


def _change(
    session: Session, verb: str, tags: Sequence[str], of_type: str, values: dict[str, Value], reason: str, author: str
) -> None:
    """Change campaigns, and say so here and in the log of actions."""
    from prodcli.campaigns.campaign_words import change_in_words
    from prodcli.campaigns.changes import change
    from prodcli.campaigns.chosen import chosen

    why = notes.reason_of(reason) if reason else ""
    books = campaign_options.books_of(session)
    for one in change(books, lambda found: chosen(found, tags, of_type), values):
        said = change_in_words(one, session.zone)
        session.summarize(said)
        if one.values:
            kind = one.after.production_type
            notes.note_action(
                session, verb, said, why, author, tag=one.after.tag, production_type=kind, values=one.values
            )
