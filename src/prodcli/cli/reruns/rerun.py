"""`diagnose --rerun DBID --debug`: a failed job again, outside of production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prodcli.errors import UsageError
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from pathlib import Path

    from prodcli.cli.context import Session
    from prodcli.cli.tables.view import View
    from prodcli.reruns.rerun import Rerun

_AGAIN = "prodcli resubmit --clone --dbid {} submits it again within production"


def rerun(session: Session, dbid: int, debug: bool, into: Path | None, submits: bool, how: View) -> None:
    """Make the bundle of a job, submit it unless only the bundle is wanted, and show where everything is.

    Raises UsageError without `debug`, which says that the outputs are not meant for production.
    """
    from prodcli.db.schema import require_current
    from prodcli.reruns.bundle import Bundler
    from prodcli.reruns.rerun import Rerunner

    if not debug:
        raise UsageError("say --debug for a job outside of production", where="--rerun", todo=_AGAIN.format(dbid))
    books, config = session.database("production_read", read_only=True), session.config
    require_current(books)
    runs = Rerunner(books, session.batch, Bundler(session.site, config.templates, config.campaigns))
    made = runs.bundle(dbid, into)
    session.keep_log()
    again = runs.submit(made) if submits else made
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
