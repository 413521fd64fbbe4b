"""`diagnose --rerun DBID --debug`: a failed job again, outside of production."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.errors import ProdError, UsageError
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.tables.view import View
    from prodcli.reruns.rerun import Rerun

Dbid = Annotated[
    int | None, typer.Option("--rerun", metavar="DBID", help="Run this job again outside of production: with --debug.")
]
Debug = Annotated[
    bool, typer.Option("--debug", help="For --rerun: trace the job; its outputs are never taken for production.")
]
Into = Annotated[
    Path | None, typer.Option("--into", metavar="FOLDER", help="For --rerun: write its files into this folder.")
]
NoSubmit = Annotated[bool, typer.Option("--no-submit", help="For --rerun: only make the folder, submit nothing.")]


@dataclass(frozen=True)
class RerunOptions:
    """The job that is to run again, if any; where its files go, and whether it is submitted."""

    dbid: int | None
    into: Path | None
    submits: bool


def rerun_options(
    context: typer.Context,
    rerun: Dbid = None,
    debug: Debug = False,
    into: Into = None,
    no_submit: NoSubmit = False,
) -> RerunOptions:
    """The values of the options; raises UsageError for --rerun without --debug, and for options that need --rerun."""
    if rerun is None and (debug or into or no_submit):
        raise UsageError("--debug, --into and --no-submit are about one job", where="diagnose", todo="say --rerun DBID")
    if rerun is not None and not debug:
        within = f"prodcli resubmit --clone --dbid {rerun} submits it again within production"
        raise UsageError("say --debug for a job outside of production", where="--rerun", todo=within)
    return RerunOptions(rerun, into, not no_submit)


def show_rerun(session: Session, wanted: RerunOptions, how: View) -> None:
    """Make the bundle of a job, submit it unless only the bundle is wanted, and show where everything is."""
    from prodcli.db.schema import require_current
    from prodcli.reruns.bundle import Bundler
    from prodcli.reruns.rerun import Rerunner

    books, config = session.database("production_read", read_only=True), session.config
    require_current(books)
    session.keep_log()
    runs = Rerunner(books, session.batch, Bundler(session.site, config.templates, config.campaigns))
    made = runs.bundle(wanted.dbid or 0, wanted.into)
    try:
        again = runs.submit(made) if wanted.submits else made
    except ProdError:
        session.warn(f"the job is not submitted; its bundle is {made.bundle.folder}")
        raise
    session.show(_table(again), how)


def _table(again: Rerun) -> Table:
    """One row: the job, and where its bundle is."""
    from prodcli.reruns.scripts import BY_HAND, TRACE

    folder = again.bundle.folder
    columns = (
        Column("dbid"),
        Column("state"),
        Column("job", drop_empty=True),
        Column("bundle", kind=Kind.PATH),
        Column("logs", kind=Kind.PATH),
        Column("trace", kind=Kind.PATH),
        Column("by_hand", title="by hand", kind=Kind.COMMAND),
    )
    job = "" if again.cluster is None else f"{again.cluster}.0@{again.schedd}"
    paths = [str(folder), str(folder / "logdir"), str(folder / TRACE)]
    row = [again.job.dbid, again.job.row["state"], job, *paths, f"bash {folder / BY_HAND}"]
    said = "its outputs are in none of the catalogs; the books do not know the job"
    return Table(columns, [row]).noted(*again.bundle.notes, said)
