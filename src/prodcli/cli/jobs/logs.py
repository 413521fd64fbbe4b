"""prodcli logs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.jobs import question_options
from prodcli.cli.recovery.job_options import JobOptions, chooses_any

EXAMPLE = "Example: prodcli logs --node spool0301 --state failed --err --format json"


class Level(StrEnum):
    """The severity of lines."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@chooses_any
def logs(
    context: typer.Context,
    chosen: JobOptions,
    which: question_options.Which = None,
    where: question_options.Where = None,
    since: question_options.Since = None,
    err: Annotated[
        bool, typer.Option("--err", help="Of their err files; without --err, --out or --log: out files.")
    ] = False,
    out: Annotated[bool, typer.Option("--out", help="Of their out files.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Of their logs.")] = False,
    grep: Annotated[
        str, typer.Option("--grep", metavar="PATTERN", help="Only lines in which this regular expression is found.")
    ] = "",
    severity: Annotated[Level, typer.Option("--severity", help="Only lines that sound so bad, or worse.")] = Level.INFO,
    tail: options.Tail = 50,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="JOBS", help="Of the newest so many jobs.")] = 10,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show the ends of log, out and err files of jobs.

    The files are read from disk, also gzipped, or where the site keeps them (`log_copies` of the site profile). Lines
    that speak of errors are red on a terminal.
    """
    from prodcli.cli.jobs.shown_lines import show_files
    from prodcli.db.schema import require_current
    from prodcli.jobs.attributes import ATTRIBUTES
    from prodcli.jobs.log_lines import Severity, Wanted, parse_pattern
    from prodcli.jobs.search import listed

    session = current(context)
    wanted = Wanted(tail, parse_pattern(grep) if grep else None, Severity[severity.name])
    question = question_options.asked(session, chosen, which, where, since)
    database = session.database("production_read", read_only=True)
    require_current(database)
    kinds = [kind for kind, said in (("out", out), ("err", err), ("log", log)) if said] or ["out"]
    found = listed(database, question, list(ATTRIBUTES), most=limit + 1)
    if not found:
        session.say("no job matches")
    if len(found) > limit:
        session.say(f"these are the newest {limit} of the chosen jobs (--limit)")
    show_files(session, found[:limit], kinds, wanted, style)
