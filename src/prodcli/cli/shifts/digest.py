"""prodcli digest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import current
from prodcli.cli.times import since_of
from prodcli.errors import ConfigError, ProdError, UsageError

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.shifts.digest import Digest
    from prodcli.shifts.span import Span

EXAMPLE = "Example: prodcli digest --since 24h --format markdown --dry-run"
_DAY, _SOON = 86_400, 2  # seconds; what ends in this second counts, too, and books may round a time up
Since = Annotated[str | None, typer.Option("--since", help="Begin of the time: 24h, 7d, 2026-01-31. Default: 24h.")]
Shift = Annotated[bool, typer.Option("--shift", help="The shift at work, since it began.")]
LastShift = Annotated[bool, typer.Option("--last-shift", help="The shift that ended last.")]
Brief = Annotated[bool, typer.Option("--brief", help="A few lines for a chat, without tables.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Only look: the next digest compares with the one before.")
]


def digest(
    context: typer.Context,
    since: Since = None,
    shift: Shift = False,
    last_shift: LastShift = False,
    tag: options.Tag = None,
    brief: Brief = False,
    dry_run: DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Sum up a shift: progress, trouble, who did what, what changed.

    States are those of now; what ended, failed and was done is of the time. The figures are kept, and the next digest of the
    same tags says what changed.
    """
    from prodcli.error_catalog.read_catalog import usable_catalog
    from prodcli.reports.families import Families
    from prodcli.shifts.digest import Digest
    from prodcli.shifts.kept_digests import last_digest

    session, tags = current(context), tag or []
    now = int(time.time()) + _SOON
    if style is options.Style.CSV:
        raise UsageError("a digest has several tables", where="--format csv", todo="table, markdown or json")
    span = _span(session, since, shift, last_shift, now)
    books, replica = (session.database(role, read_only=True) for role in ("production", "production_read"))
    _require_current(books)
    family = Families(session.site).of_dsttype
    found = Digest(books, replica, usable_catalog(session.config), span, now, tags, family, last_digest(books, tags))
    _show(session, found, style, brief)
    if not dry_run:
        _keep(session, found)


def _require_current(books: Any) -> None:
    from prodcli.db.schema import require_current

    require_current(books)


def _span(session: Session, since: str | None, shift: bool, last_shift: bool, now: int) -> Span:
    """The time of the digest; raises UsageError for two of them, ConfigError for shifts that the site does not name."""
    from prodcli.shifts.span import Span, shift_at_work, shift_before

    if [since is not None, shift, last_shift].count(True) > 1:
        raise UsageError("say one of --since, --shift and --last-shift", where="digest")
    if not shift and not last_shift:
        begin = since_of(since)
        if begin is not None and begin >= now:
            raise UsageError(f"{since} is not over yet", where="--since", todo="like 24h, 7d or a day")
        return Span(now - _DAY if begin is None else begin, now)
    hours = session.site.shifts
    if not hours:
        raise ConfigError(
            "the site has no shifts", where=str(session.config.file), todo="site.shifts: [day 08:00, night 20:00]"
        )
    return (shift_before if last_shift else shift_at_work)(hours, now, session.zone)


def _show(session: Session, found: Digest, style: options.Style, brief: bool) -> None:
    """Show the digest as text, Markdown or JSON."""
    from prodcli.cli.shifts.digest_faces import as_data, show_tables

    if style is options.Style.JSON:
        session.show_json(as_data(found, brief))
    else:
        show_tables(session, found, style, brief)


def _keep(session: Session, found: Digest) -> None:
    """Keep the figures for the next digest; books that refuse cost a warning only."""
    from prodcli.shifts.kept_digests import keep_digest

    try:
        books = session.catalog("production", read_only=False)
        keep_digest(books, found.span, found.tags, found.figures, notes.author_of(""))
    except ProdError as failure:
        session.warn(f"the next digest cannot compare with this one: {failure}")
