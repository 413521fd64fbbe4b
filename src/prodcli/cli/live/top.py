"""prodcli top."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.complete import complete_tags
from prodcli.cli.context import Session, current
from prodcli.errors import ConfigError, ProdError, TermSignal

if TYPE_CHECKING:
    from prodcli.cli.live.top_parts import TopParts
    from prodcli.recovery.recovery import Recovery

EXAMPLE = "Example: prodcli top ana541 --every 10"
Text = Annotated[
    str, typer.Argument(metavar="[TEXT]", help="Only campaigns that have this text.", autocompletion=complete_tags)
]
Every = Annotated[float, typer.Option("--every", min=1, metavar="SECONDS", help="Read the books anew so often.")]


def top(context: typer.Context, text: Text = "", every: Every = 5.0) -> None:
    """Watch campaigns, rules, runs, jobs and logs on a full screen.

    Arrow keys and Enter go from campaigns down to the log of a job, Esc goes back. A key for each recovery verb shows
    what the verb would do to the jobs of a row, and asks. `?` shows all keys. Off a terminal, campaigns are shown once.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _show_once(current(context), text)
        return
    _require_textual()
    from multiprocessing.resource_tracker import ensure_running

    from prodcli.cli.live.screen_log import told_on_screen
    from prodcli.cli.live.top_app import TopApp

    session = current(context)
    for size in ("COLUMNS", "LINES"):  # where a shell exports them, a terminal that is resized would go unnoticed
        os.environ.pop(size, None)
    app = TopApp(_parts(session, every), text)
    ensure_running()  # while stderr is a file: on the screen it is none, and schedds are asked in child processes
    with told_on_screen() as log:
        log.tell = app.hear
        app.run(mouse=False)
        log.tell = None
        app.close(session.close)
    if app.failure is not None:
        what = f"{type(app.failure).__name__}: {app.failure}"
        raise ProdError(what, where="top", todo="the log has the traceback") from app.failure
    if app.terminated:
        raise TermSignal


def _show_once(session: Session, text: str) -> None:
    """Show the campaigns as a table, and above it what everybody should see."""
    from prodcli.books.claimant import myself
    from prodcli.live.books_reader import BooksReader
    from prodcli.live.head import news
    from prodcli.live.place import Place
    from prodcli.live.trail import Stop

    seen = BooksReader(lambda: session.database("production_read", read_only=True)).read(Place())
    rows = Stop(Place(), seen, text).rows(str)
    for line, _ in news(seen, [one for one in seen.loops if one.silent(myself())], session.zone):
        session.show_text(line)
    if rows is not None:
        session.show(rows.table.stamped(seen.freshness.words(session.zone)))


def _require_textual() -> None:
    """Raise ConfigError if the library that draws the screen is not installed."""
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise ConfigError("textual is not installed", where="top", todo="pip install 'prodcli[top]'")


def _parts(session: Session, every: float) -> TopParts:
    """What the screen needs of the session; its databases belong to the thread that acts, but for the one that is watched."""
    from prodcli.cli.live.log_reader import LogReader
    from prodcli.cli.live.top_parts import TopParts
    from prodcli.cli.recovery.recovery_session import author_of
    from prodcli.cli.tables.terminal import screen_of
    from prodcli.live.books_reader import BooksReader
    from prodcli.progress import silent
    from prodcli.reports.families import Families

    config = session.config
    reader = BooksReader(lambda: session.another_database("production_read"))
    session.keep_log()

    def recovery() -> Recovery:
        from prodcli.cli.recovery.recovery_session import recovery_of

        return replace(recovery_of(session), progress=silent)

    return TopParts(
        f"prodcli top  {config.mode}",
        reader.read,
        LogReader(session.site.log_copies, lambda *asked: session.batch.running_output(*asked)),
        recovery,
        author_of("top"),
        config.max_memory,
        Families(session.site).of_dsttype,
        every,
        session.zone,
        screen_of(session.zone).plain,
    )
