"""prodcli runs invalid add|list|remove."""

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import current

app = typer.Typer(help="Mark runs or segments as invalid; list and remove the marks.", no_args_is_help=True)


@app.command("add", epilog='Example: prodcli runs invalid add --runs 69601 --segments 3 9 --reason "beam lost"')
def add(
    context: typer.Context,
    reason: notes.Reason,
    runs: options.Runs = None,
    segments: options.Segments = None,
    dsttype: options.Made = "",
    until: notes.Expiry = None,
    author: notes.Author = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Mark runs, or segments of runs, as invalid.

    No later pass submits jobs of them. The same mark is not added twice.
    """
    from prodcli.db.schema import require_current
    from prodcli.exclusions import noted
    from prodcli.exclusions.invalid_runs import Invalid
    from prodcli.exclusions.masks import known_dsttype
    from prodcli.runs.selection import parse_segments

    session = current(context)
    chosen, made = parse_segments(segments or ()), known_dsttype(session.site, dsttype)
    why, end, who = notes.reason_of(reason), notes.until_of(until), notes.author_of(author)
    parts = chosen.spans if chosen else [None]
    ranges = [Invalid(span, part, made, reason=why) for span in notes.spans_of(runs) for part in parts]
    database = session.database("production")
    require_current(database)
    added = noted.add(database, noted.NoteKind.INVALID, ranges, who, end)
    notes.log_notes(session, "runs invalid add", added, why, author)
    notes.show(session, noted.NoteKind.INVALID, added, style, always=False)


@app.command("list", epilog="Example: prodcli runs invalid list --all")
def list_(context: typer.Context, every: notes.Every = False, style: options.Format = options.Style.TABLE) -> None:
    """List invalid runs and segments."""
    from prodcli.exclusions.noted import NoteKind

    notes.show_all(current(context), NoteKind.INVALID, every, style)


@app.command("remove", epilog="Example: prodcli runs invalid remove 1 --dry-run")
def remove(
    context: typer.Context,
    ids: notes.Ids,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Remove marks; the next pass submits the runs again."""
    from prodcli.exclusions.noted import NoteKind

    notes.remove(current(context), NoteKind.INVALID, ids, dry_run, yes, style)
