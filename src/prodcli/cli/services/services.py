"""prodcli services set|list|import."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_services
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.services.states import ServiceState

if TYPE_CHECKING:
    from prodcli.db import Database
    from prodcli.services.reported import Reported

app = typer.Typer(help="Show, set and import the states of services that jobs need.", no_args_is_help=True)
Service = Annotated[
    str, typer.Argument(metavar="SERVICE", help="Name of the service.", autocompletion=complete_services)
]
Services = Annotated[
    list[str] | None,
    typer.Option("--service", metavar="NAMES...", help="Only these services.", autocompletion=complete_services),
]
Since = Annotated[
    str | None,
    typer.Option("--since", help="Since when: 14:02 (the nearest), 2026-01-31T14:02, or 20m ago; default: now."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", help="Until when: 16:00, 2026-01-31T16:00, or 2h from now; default: the next state."),
]
Note = Annotated[str, typer.Option("--reason", help="What is known of it, for everybody.")]
Back = Annotated[str | None, typer.Option("--since", help="Every state since 2026-01-31, or 36h, 7d ago.")]
Files = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="JSON, `-` for stdin; default: the site's commands.")
]
TableName = Annotated[str | None, typer.Option("--table", help="Read this table of a database instead.")]
OfDatabase = Annotated[
    str, typer.Option("--database", metavar="NAME|URL", help="The database of the table; default: the books.")
]


@app.command("set", epilog='Example: prodcli services set database down --since 14:02 --reason "disk failure"')
def set_(
    context: typer.Context,
    service: Service,
    state: Annotated[ServiceState, typer.Argument(help="How the service is.")],
    since: Since = None,
    until: Until = None,
    reason: Note = "",
    author: notes.Author = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Say how a service is, was, or will be.

    A state holds until the next one. With --until the state is a window: before and after it holds what was said, so that
    maintenance can be written before it begins, and an outage after it ended.
    """
    from prodcli.cli.services.moments import span_of
    from prodcli.services.booked import set_states
    from prodcli.services.states import Spell, in_words

    session = current(context)
    books = _books(session)
    name = _name(session, books, service)
    note = notes.reason_of(reason) if reason else ""
    begins, ends = span_of(since, until)
    who = notes.author_of(author)
    set_states(books, [Spell(name, state, begins, ends, note, who)])
    notes.note_action(session, "services set", f"{name} {state}", note, author, service=name, state=str(state))
    if style is options.Style.TABLE:
        session.summarize(in_words(Spell(name, state, begins, ends, note), int(time.time())))
    else:
        _list(session, books, [name], View(style))


@app.command("list", epilog="Example: prodcli services list --since 7d")
@takes(view)
def list_(context: typer.Context, how: View, service: Services = None, since: Back = None) -> None:
    """Show how services are, since when; what is planned.

    With --since every state from then on is shown.
    """
    from prodcli.cli.times import since_of
    from prodcli.services.booked import spells_since
    from prodcli.services.service_table import history_table

    session = current(context)
    books = _books(session, read_only=True)
    if since is None:
        _list(session, books, service, how)
        return
    now, found = spells_since(books, since_of(since) or 0)
    session.show(history_table([one for one in found if not service or one.service in service], now), how)


@app.command("import", epilog="Example: prodcli services import status.json")
def import_(
    context: typer.Context,
    file: Files = None,
    table: TableName = None,
    database: OfDatabase = "production_read",
    service: Services = None,
    author: notes.Author = "",
    dry_run: options.DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Import how services are, by command, JSON or table.

    Without a file and a table the commands of the site are asked, side by side. A cron line of this keeps the books up to date. A service that people said to be in maintenance stays there.
    """
    from prodcli.services.imports import import_states
    from prodcli.services.service_table import import_table

    session = current(context)
    books = _books(session, read_only=dry_run)
    found = [one for one in _reported(session, file, table, database, service) if not service or one.service in service]
    done = import_states(books, found, notes.author_of(author), dry_run)
    changed = [f"{one.reported.service} {one.reported.state}" for one in done if one.done == "new"]
    if changed and not dry_run:
        notes.note_action(session, "services import", ", ".join(changed), author=author)
    shown = import_table(done)
    session.summarize_table(shown.noted("dry run: nothing was changed") if dry_run else shown, style)


def _reported(
    session: Session, file: Path | None, table: str | None, database: str, services: list[str] | None
) -> list[Reported]:
    """What is reported; raises UsageError for two sources, or what cannot be read."""
    from prodcli.errors import UsageError
    from prodcli.services.imports import ask_commands, read_table
    from prodcli.services.reported import from_json

    if file is not None and table is not None:
        raise UsageError("give a FILE or --table", where="services import")
    if table is not None:
        return read_table(session.database(database, read_only=True), table)
    if file is None:
        return ask_commands(session.site, services or ())
    return from_json(_text_of(file), str(file))


def _text_of(file: Path) -> str:
    """The text of a file, or of stdin; raises UsageError for a file that cannot be read."""
    import sys

    from prodcli.errors import UsageError

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(getattr(failure, "strerror", None) or "no text", where=str(file)) from None


def _list(session: Session, books: Database, services: list[str] | None, how: View) -> None:
    from prodcli.services.booked import Outages, services_now
    from prodcli.services.service_table import service_table

    now, found = services_now(books)
    planned = Outages(books).planned(now)
    shown = service_table(session.site, found, planned, now, services or ())
    session.show(shown, how)


def _books(session: Session, read_only: bool = False) -> Database:
    from prodcli.db.schema import require_current

    database = session.database("production", read_only=read_only)
    require_current(database)
    return database


def _name(session: Session, books: Database, name: str) -> str:
    """A name of a service; a new one is told. Raises UsageError for a name that is no word."""
    from prodcli.config.service_terms import service_name
    from prodcli.errors import UsageError
    from prodcli.names import did_you_mean
    from prodcli.services.booked import known_services

    try:
        service_name(name)
    except ValueError as failure:
        raise UsageError(str(failure).removeprefix("services: "), where="SERVICE") from None
    known = {*known_services(books), *session.site.services}
    if name not in known:
        session.say(f"{name} is a new service{did_you_mean(name, known) if known else ''}")
    return name
