"""Options and tables that masks and invalid runs share, and notes in the log of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.complete import complete_notes
from prodcli.cli.times import parse_time
from prodcli.errors import UsageError, one_line
from prodcli.time_text import parse_age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.expiry import Until
    from prodcli.cli.context import Session
    from prodcli.cli.options import Style
    from prodcli.exclusions.noted import Note, NoteKind
    from prodcli.tables.table import Cell

Reason = Annotated[str, typer.Option("--reason", help="Reason, for the next curator.")]
Author = Annotated[
    str, typer.Option("--author", help="Your name; default: $PRODCLI_ACTOR, your ssh key, or the account.")
]
Expiry = Annotated[str | None, typer.Option("--until", help="Expiry: 2026-01-31, or 36h, 7d from now.")]
Ids = Annotated[
    list[int], typer.Argument(metavar="ID...", help="Numbers, as `list` shows them.", autocompletion=complete_notes)
]
Every = Annotated[bool, typer.Option("--all", help="Also show expired ones.")]
_MOST = 500  # letters of a reason


def reason_of(text: str) -> str:
    """A reason in one line; raises UsageError for an empty or too long one."""
    line = one_line(text)
    if not line or len(line) > _MOST:
        raise UsageError(f"give a reason in one line of at most {_MOST} letters", where="--reason")
    return line


def author_of(name: str) -> str:
    """The author of a note or an action: the given name, else the person who acts."""
    from prodcli.provenance.actor import actor

    return one_line(name) if name.strip() else actor()


def until_of(text: str | None) -> Until | None:
    """The expiry of a note; an age counts by the database's clock."""
    from prodcli.books.expiry import Until

    if text is None:
        return None
    age = parse_age(text)
    return Until(at=parse_time(text, "--until")) if age is None else Until(within=age)


def spans_of(runs: list[str] | None) -> list[tuple[int, int]]:
    """The ranges of --runs; raises UsageError without --runs."""
    from prodcli.runs.selection import parse_runs

    return parse_runs(runs or ()).spans


def show_all(session: Session, kind: NoteKind, every: bool, style: Style) -> None:
    """Show the notes of a kind."""
    from prodcli.db.schema import require_current
    from prodcli.exclusions import noted

    database = session.database("production", read_only=True)
    require_current(database)
    show(session, kind, noted.notes(database, kind, every), style)


def show(
    session: Session, kind: NoteKind, notes: Sequence[Note], style: Style, note: str = "", always: bool = True
) -> None:
    """Show notes of one kind; with --quiet only if `always`."""
    from prodcli.exclusions.masks import Mask, spoken
    from prodcli.exclusions.noted import NoteKind
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = []
    for one in notes:
        what: list[Cell]
        if isinstance(one.what, Mask):
            what = [one.what.id, spoken(session.site, one.what.hosts), ",".join(one.what.hosts), _range(one.what.runs)]
        else:
            what = [one.what.id, _range(one.what.runs), _range(one.what.segments) if one.what.segments else "all"]
        state = "expired" if one.expired else ""
        rows.append([*what, one.what.dsttype or "all", one.what.reason, one.author, one.added, one.expires, state])
    first = ("masked", "hosts", "runs") if kind is NoteKind.MASKS else ("runs", "segments")
    columns = (
        Column("id"),
        *(Column(key, level=2 * (key == "hosts")) for key in first),
        Column("dsttype", level=1),
        Column("reason", level=1),
        Column("author", level=2),
        Column("added", kind=Kind.AGO, level=2),
        Column("until", kind=Kind.AGO, level=1, drop_empty=True),
        Column("state", level=1, style="dim", drop_empty=True),
    )
    table = Table(columns, rows, note=note)
    (session.show if always else session.summarize_table)(table, style)


def remove(session: Session, kind: NoteKind, ids: Sequence[int], dry_run: bool, yes: bool, style: Style) -> None:
    """Show notes, ask, and delete them; raises UsageError for an unknown number."""
    from prodcli.cli.consent import named, require_consent
    from prodcli.db.schema import require_current
    from prodcli.exclusions import noted
    from prodcli.sizes import counted

    database = session.database("production", read_only=dry_run)
    require_current(database)
    known = {note.what.id: note for note in noted.notes(database, kind, every=True)}
    unknown = sorted(set(ids) - set(known))
    if unknown:
        raise UsageError(f"no {kind.called} {', '.join(map(str, unknown))}", todo="`list --all` shows all of them")
    chosen = [known[number] for number in sorted(set(ids))]
    show(session, kind, chosen, style, "dry run: nothing was changed" if dry_run else "")
    if not dry_run:
        require_consent(f"Remove {named([_in_words(session, note) for note in chosen])}?", yes)
        noted.remove(database, kind, [note.what.id for note in chosen])
        log_notes(session, f"{'mask' if kind is noted.NoteKind.MASKS else 'runs invalid'} remove", chosen)
        session.say(f"{counted(len(chosen), 'mask' if kind is noted.NoteKind.MASKS else 'mark')} removed")


def log_notes(session: Session, verb: str, chosen: Sequence[Note], reason: str = "", author: str = "") -> None:
    """Write into the log which notes were added or removed."""
    words = [_in_words(session, note, reason="") for note in chosen]
    note_action(session, verb, "done", reason, author, notes=words)


def _in_words(session: Session, note: Note, reason: str | None = None) -> str:
    """`mask 2 (INTT3, runs 70000-70005, HV off)`, with the reason of the note or another one."""
    from prodcli.exclusions.masks import Mask, spoken

    what = note.what
    kind, things = ("mask", [spoken(session.site, what.hosts)]) if isinstance(what, Mask) else ("invalid", [])
    things.append(f"{'run' if what.runs[0] == what.runs[1] else 'runs'} {_range(what.runs)}")
    if not isinstance(what, Mask) and what.segments:
        things.append(f"segments {_range(what.segments)}")
    return f"{kind} {what.id} ({', '.join(filter(None, [*things, what.dsttype, what.reason if reason is None else reason]))})"


def _range(ends: tuple[int, int]) -> str:
    low, high = ends
    return str(low) if low == high else f"{low}-{high}"


def note_action(
    session: Session, verb: str, result: str, reason: str = "", author: str = "", jobs: int = 0, **about: object
) -> None:
    """Write what a verb did into the log of actions; `about` says to what. Books that refuse cost a warning only."""
    from prodcli.books import actions
    from prodcli.books.actions import Author
    from prodcli.books.claimant import myself
    from prodcli.errors import ProdError

    who = Author(author_of(author), myself(), reason)
    try:
        actions.note(session.catalog("production", read_only=False), verb, who, about, result, jobs)
    except ProdError as failure:
        session.warn(f"prodcli log lacks this action: {failure}")
