"""prodcli quarantine list|release|reject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_dsttypes, complete_tags
from prodcli.cli.context import Session, current
from prodcli.cli.notes import note_action
from prodcli.cli.option_groups import Verb, takes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.registration.quarantine import Decision, Entry
    from prodcli.tables.table import Table

app = typer.Typer(help="Decide about staged files that are far from the usual.", no_args_is_help=True)
Files = Annotated[list[str] | None, typer.Argument(metavar="FILES...", help="File names, as `list` shows them.")]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAGS...", help="Only files of these tags.", autocompletion=complete_tags),
]
Dsttype = Annotated[
    str, typer.Option("--dsttype", help="Only files of this dsttype.", autocompletion=complete_dsttypes)
]
Decided = Annotated[bool, typer.Option("--all", help="Also files that were released or rejected.")]


@app.command("list", epilog="Example: prodcli quarantine list --dsttype DST_TRKR_CLUSTER")
def list_(
    context: typer.Context,
    tag: Tag = None,
    dsttype: Dsttype = "",
    runs: options.Runs = None,
    every: Decided = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """List the files in quarantine, with the reasons."""
    session = current(context)
    session.show(_table(_chosen(session, (tag, dsttype, runs), every=every)), style)


@dataclass(frozen=True)
class DecisionOptions:
    """The options of a decision: which files, and how."""

    chosen: Sequence[Entry]
    remark: str
    author: str
    dry_run: bool
    yes: bool
    style: options.Style


def _decision_options(
    context: typer.Context,
    reason: notes.Reason,
    files: Files = None,
    tag: Tag = None,
    dsttype: Dsttype = "",
    runs: options.Runs = None,
    author: notes.Author = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> DecisionOptions:
    chosen = _named(current(context), files, (tag, dsttype, runs), dry_run)
    return DecisionOptions(chosen, notes.reason_of(reason), notes.author_of(author), dry_run, yes, style)


def _decides(function: Verb) -> Verb:
    return takes(_decision_options)(function)


@app.command(
    "release", epilog='Example: prodcli quarantine release --tag ana537_2025p010_v001 --reason "looked at" --yes'
)
@_decides
def release(context: typer.Context, how: DecisionOptions) -> None:
    """Take files out of quarantine: later steps use them.

    The same content is not judged again.
    """
    from prodcli.registration.quarantine import Decision

    _decide(current(context), Decision.RELEASED, how)


@app.command("reject", epilog='Example: prodcli quarantine reject --runs 69650 --reason "disk error" -n')
@_decides
def reject(context: typer.Context, how: DecisionOptions) -> None:
    """Leave files in quarantine for good.

    `prodcli erase` erases them, so that they are made again.
    """
    from prodcli.registration.quarantine import Decision

    _decide(current(context), Decision.REJECTED, how)


def _chosen(
    session: Session, said: tuple[list[str] | None, str, list[str] | None], every: bool = False, dry_run: bool = True
) -> list[Entry]:
    """The files in quarantine of tags, a dsttype and runs."""
    from prodcli.cli.run_options import read_filter
    from prodcli.db.schema import require_current
    from prodcli.registration.quarantine import entries

    tags, dsttype, runs = said
    selection = read_filter(session, runs, None)
    books = session.database("production", read_only=dry_run)
    require_current(books)
    return [
        one
        for one in entries(books, every)
        if (not tags or one.tag in tags) and dsttype in ("", one.dsttype) and one.run in selection
    ]


def _named(
    session: Session, files: list[str] | None, said: tuple[list[str] | None, str, list[str] | None], dry_run: bool
) -> list[Entry]:
    """The files that a command line names; raises UsageError if it names none, or an unknown one."""
    from prodcli.errors import UsageError

    if not files and not any(said):
        raise UsageError("no file is named", where="quarantine", todo="name files, --tag, --dsttype or --runs")
    found = _chosen(session, said, dry_run=dry_run)
    unknown = sorted(set(files or ()) - {one.filename for one in found})
    if unknown:
        raise UsageError(f"{unknown[0]!r:.300} is not in quarantine", todo="prodcli quarantine list")
    return [one for one in found if not files or one.filename in files]


def _decide(session: Session, decision: Decision, how: DecisionOptions) -> None:
    """Show files, ask, and write the decision."""
    from prodcli.cli.consent import require_consent
    from prodcli.registration.quarantine import decide
    from prodcli.sizes import counted

    session.show(_table(how.chosen, "dry run: nothing was changed" if how.dry_run else ""), how.style)
    if how.dry_run or not how.chosen:
        return
    session.keep_log()
    verb = "release" if decision.value == "released" else "reject"
    count = len(how.chosen)
    require_consent(f"{verb.capitalize()} {counted(count, 'file')}?", how.yes, how.style is options.Style.TABLE)
    books, filecatalog = session.database("production"), session.database("filecatalog")
    done = decide(books, filecatalog, how.chosen, decision, how.author, how.remark)
    note_action(session, f"quarantine {verb}", f"{counted(done, 'file')} {decision.value}", how.remark, how.author)
    session.say(f"{counted(done, 'file')} {decision.value}")


def _table(chosen: Sequence[Entry], note: str = "") -> Table:
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("filename", kind=Kind.PATH),
        Column("dsttype"),
        Column("tag", shared=True),
        Column("run"),
        Column("segment"),
        Column("size", kind=Kind.BYTES, level=2),
        Column("events", kind=Kind.COUNT, level=2),
        Column("reason", level=1),
        Column("added", kind=Kind.AGO, level=1),
        Column("state", level=1, shared=True),
        Column("author", level=2, drop_empty=True),
        Column("remark", level=2, drop_empty=True),
    )
    rows = [[getattr(one, column.key) for column in columns] for one in chosen]
    return Table(columns, rows, note=note)
