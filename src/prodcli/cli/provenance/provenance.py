"""prodcli provenance, and its diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from prodcli.cli import options
from prodcli.cli.commands.shells import words_or_files
from prodcli.cli.context import Session, current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.provenance.stored import Records

_HELP = ("--help", "-h")
_THING = "FILE, row of the books (dbid), job like 4.217, claim, cluster like 4@schedd, or tag."


class _Shows(TyperGroup):
    """Takes `provenance FILE` for `provenance show FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the word that may be left out."""
        said = args and (args[0] in self.commands or args[0] in _HELP)
        return super().parse_args(ctx, args if said or not args else ["show", *args])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The commands, or files."""
        return words_or_files(super().shell_complete(ctx, incomplete), incomplete)


app = typer.Typer(cls=_Shows, no_args_is_help=True)


@app.callback(epilog="Example: prodcli provenance --dbid 1")
def provenance() -> None:
    """Say how a file was made, down to each macro; compare two.

    `provenance FILE` and `provenance --dbid N` are `provenance show`. `provenance diff` compares files, submissions and tags.
    """


@app.command("show", epilog="Example: prodcli provenance show --dbid 1")
def show(
    context: typer.Context,
    which: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="File of a job, also its log; a job like 4.217, or a row of the books."),
    ] = None,
    dbid: Annotated[int | None, typer.Option("--dbid", help="Row of the books.")] = None,
    parents: Annotated[bool, typer.Option("--parents", help="Also say how the inputs were made.")] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Say how a file was made: rule, code, payload, by whom.

    The last lines are the commands that make the file again. A payload is on record as it was when the job was submitted.
    """
    from prodcli.cli.provenance.made_page import show_page
    from prodcli.provenance.how_made import how_made
    from prodcli.provenance.how_made import parents as parents_of
    from prodcli.provenance.keep import folder_of

    if (which is None) == (dbid is None):
        raise UsageError("name one file, or one row of the books", where="provenance", todo="like --dbid 4711")
    session = current(context)
    records = _records(session)
    job = _finder(session, records)(which if which is not None else str(dbid))
    folder = folder_of(session.config.campaigns)
    made = how_made(records, job, folder)
    inputs = parents_of(records, session.catalog("filecatalog"), job) if parents else None
    show_page(session, made, inputs, folder, style)


@app.command("diff", epilog="Example: prodcli provenance diff ana537_2025p010_v001 ana537_2025p010_v001")
def diff(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=_THING)],
    b: Annotated[str, typer.Argument(metavar="B", help="What to compare it with; the same.")],
    style: options.Format = options.Style.TABLE,
) -> None:
    """Compare what two files, submissions or tags were made from.

    Keys of the rule, commits, files of the payload, worker kit and version of prodcli. Of a tag the newest submission of
    each product counts.
    """
    from prodcli.cli.provenance.made_page import difference_table
    from prodcli.provenance.compare import compare

    session = current(context)
    records = _records(session)
    compared = compare(records, a, b, _finder(session, records))
    session.show(difference_table(compared, a, b, session.zone, style is options.Style.TABLE), style)


def _records(session: Session) -> Records:
    from prodcli.db.schema import require_current
    from prodcli.provenance.stored import Records

    database = session.database("production_read", read_only=True)
    require_current(database)
    return Records(database)


def _finder(session: Session, records: Records) -> Callable[[str], Mapping[str, Any]]:
    """The function that finds a job by what people have in hand, also by a file that is not its first output."""
    from prodcli.jobs.one_job import find_job, output_of

    def find(word: str) -> Mapping[str, Any]:
        try:
            return find_job(records.books, word)
        except UsageError:
            dbid = records.job_beside(output_of(word))
            if dbid is None:
                raise
            return find_job(records.books, str(dbid))

    return find
