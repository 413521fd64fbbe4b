"""prodcli db init|upgrade|status|dedupe|check|rebuild-rollup."""

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.errors import ProdError

app = typer.Typer(help="Create, upgrade and check the production database.", no_args_is_help=True)


@app.command("init", epilog="Example: prodcli db init")
def init(context: typer.Context) -> None:
    """Create the tables of the production database.

    Tables of other tools in the same database stay as they are.
    """
    from prodcli.db.schema import create_file

    session = current(context)
    create_file(session.config.url("production"))
    _upgrade(session)


@app.command("upgrade", epilog="Example: prodcli db upgrade")
def upgrade(context: typer.Context) -> None:
    """Upgrade an existing production database.

    Jobs and passes may run at the same time.
    """
    _upgrade(current(context))


@app.command("status", epilog="Example: prodcli db status")
def status(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """Show applied and due migrations, and duplicates."""
    from prodcli.db import schema
    from prodcli.tables.table import Cell, Column, Table

    session = current(context)
    found = schema.status(session.database("production", read_only=True))
    rows: list[list[Cell]] = [
        ["database", found.where],
        ["applied", ", ".join(map(str, found.applied)) or "nothing"],
        ["due", ", ".join(found.pending) or "nothing"],
        ["jobs", "no table yet" if found.jobs is None else found.jobs],
        ["file names with several rows", ", ".join(name for name, _ in found.duplicates[:5]) or "none"],
        ["dsttypes without production type", ", ".join(found.unknown_dsttypes[:5]) or "none"],
    ]
    session.show(Table((Column("what"), Column("is")), rows), style)


@app.command("dedupe", epilog="Example: prodcli db dedupe --dry-run")
def dedupe(
    context: typer.Context,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Keep one row of every file name; archive duplicates.

    The row that is kept is live in a queue, else finished, else the newest.
    """
    from prodcli.books.dedupe import archive, preview
    from prodcli.cli.consent import named, require_consent
    from prodcli.sizes import counted
    from prodcli.tables.table import Cell, Column, Table

    session = current(context)
    groups = preview(session.database("production", read_only=dry_run), session.batch)
    rows: list[list[Cell]] = [[one.filename, one.kept, ", ".join(map(str, one.others)), one.why] for one in groups]
    columns = [Column(key) for key in ("file_name", "keep", "archive", "because")]
    session.show(Table(columns, rows, note="" if rows else "each file name has one row"), style)
    if groups and not dry_run:
        count = sum(len(one.others) for one in groups)
        require_consent(f"Archive {counted(count, 'row')} of {named([one.filename for one in groups])}?", yes)
        archive(session.owner, groups, session.site)
        session.summarize(f"{counted(count, 'row')} archived")


@app.command("check", epilog="Example: prodcli db check")
def check(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """Compare the counts of reports with the rows.

    Exit code 1: the counts differ.
    """
    from dataclasses import astuple

    from prodcli.books.rollup import differences
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Kind, Table

    session = current(context)
    database = session.database("production", read_only=True)
    found = [astuple(difference) for difference in differences(database)]
    names = ("tag", "dsttype", "dataset", "status", "substatus", "hour")
    columns = (*map(Column, names), Column("rows", kind=Kind.COUNT), Column("rolled_up", kind=Kind.COUNT))
    show = session.show if found else session.summarize_table
    show(Table(columns, found, note="" if found else "counts are consistent"), style)
    if found:
        todo = "prodcli db rebuild-rollup counts the rows anew"
        raise ProdError(
            f"{counted(len(found), 'count')} of the reports differ from the rows", where=database.where, todo=todo
        )


@app.command("rebuild-rollup", epilog="Example: prodcli db rebuild-rollup")
def rebuild_rollup(context: typer.Context) -> None:
    """Count the rows anew for the reports.

    Passes may run at the same time, and do not wait.
    """
    from prodcli.books.rollup import rebuild

    session = current(context)
    rebuild(session.owner)
    session.summarize("the rows are counted anew")


def _upgrade(session: Session) -> None:
    from prodcli.config.profile import overview_rows
    from prodcli.db import schema

    done = schema.upgrade(session.owner, overview_rows(session.site))
    session.summarize(f"applied: {', '.join(done)}" if done else "the schema is current")
