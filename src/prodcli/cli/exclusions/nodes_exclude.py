"""prodcli nodes exclude add|list|remove|apply."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session, current
from prodcli.errors import BatchError, UsageError

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.db import Database
    from prodcli.nodes.excluded import Excluder, NodeListUpdate
    from prodcli.tables.table import Cell, Table

app = typer.Typer(help="Keep new and queued jobs away from nodes.", no_args_is_help=True)
Nodes = Annotated[list[str], typer.Argument(metavar="NODES...", help="Names of nodes, with or without domain.")]
NoApply = Annotated[bool, typer.Option("--no-apply", help="Change queued jobs later, at the next harvest.")]
WhyNot = Annotated[str, typer.Option("--reason", help="Reason, as `prodcli log` shows it.")]


@dataclass(frozen=True)
class _How:
    """How to carry out a change."""

    apply: bool
    dry_run: bool
    yes: bool
    style: options.Style


@dataclass(frozen=True)
class _Change:
    """A change of the list: in words for the question, in words when it is done, and how it is done."""

    doing: str
    done: str
    carry_out: Callable[[Excluder], NodeListUpdate]


@app.command("add", epilog='Example: prodcli nodes exclude add spool0301 --until 3d --reason "fails all" --yes')
def add(
    context: typer.Context,
    nodes: Nodes,
    reason: notes.Reason,
    until: notes.Expiry = None,
    author: notes.Author = "",
    no_apply: NoApply = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Exclude nodes: no new job and no queued job starts there.

    A name without domain excludes the node in every domain. Jobs that run on the node go on.
    """
    from prodcli.batch.node_list import parse_nodes
    from prodcli.books.expiry import Until, expiry

    session, names, who = current(context), parse_nodes(nodes), _author(notes.reason_of(reason), author)
    database = _database(session, dry_run)
    ends = Until(at=expiry(database, notes.until_of(until) or Until(), "--until"))
    _warn_of_unknown(session, database, names)
    wanted = [*_excluded(database), *names]
    how = _How(not no_apply, dry_run, yes, style)
    named = ", ".join(names)
    change = _Change(f"exclude {named}", f"{named} excluded", lambda this: this.exclude(names, who, ends))
    _carry_out(session, change, wanted, how)


@app.command("list", epilog="Example: prodcli nodes exclude list --all")
def list_(context: typer.Context, every: notes.Every = False, style: options.Format = options.Style.TABLE) -> None:
    """List excluded nodes."""
    session = current(context)
    session.show(_notes(session, _database(session, dry_run=True), every), style)


@app.command("remove", epilog="Example: prodcli nodes exclude remove spool0301 --dry-run")
def remove(
    context: typer.Context,
    nodes: Nodes,
    reason: WhyNot = "",
    no_apply: NoApply = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Let new and queued jobs run on nodes again."""
    session = current(context)
    database = _database(session, dry_run)
    names = _meant(database, nodes)
    wanted = [name for name in _excluded(database) if name not in names]
    who, named = _author(reason), ", ".join(names)
    change = _Change(f"allow {named} again", f"{named} allowed again", lambda this: this.include(names, who))
    _carry_out(session, change, wanted, _How(not no_apply, dry_run, yes, style))


@app.command("apply", epilog="Example: prodcli nodes exclude apply --yes")
def apply(
    context: typer.Context,
    reason: WhyNot = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Bring the list of excluded nodes to queued jobs now.

    Without this command the next harvest changes the queued jobs.
    """
    session, who = current(context), _author(reason)
    wanted = _excluded(_database(session, dry_run))
    named = ", ".join(wanted) or "no node"
    change = _Change(f"apply the list of excluded nodes ({named})", f"{named} excluded", lambda this: this.apply(who))
    _carry_out(session, change, wanted, _How(True, dry_run, yes, style))


def _author(reason: str, name: str = "") -> Author:
    from prodcli.books.actions import Author
    from prodcli.books.claimant import myself

    return Author(notes.author_of(name), myself(), notes.reason_of(reason) if reason else "")


def _database(session: Session, dry_run: bool) -> Database:
    from prodcli.db.schema import require_current

    database = session.database("production", read_only=dry_run)
    require_current(database)
    return database


def _excluded(database: Database) -> list[str]:
    """The excluded nodes, each once."""
    from prodcli.nodes.excluded import bad_nodes

    return list(dict.fromkeys(one.node for one in bad_nodes(database)))


def _meant(database: Database, words: Sequence[str]) -> list[str]:
    """The noted names for some words; raises UsageError for a word that matches none."""
    from prodcli.batch.node_list import means, parse_nodes
    from prodcli.nodes.excluded import bad_nodes

    noted = list(dict.fromkeys(one.node for one in bad_nodes(database, every=True)))
    found = {word: [node for node in noted if means(word, node)] for word in parse_nodes(words)}
    if none := [word for word, names in found.items() if not names]:
        raise UsageError(f"{', '.join(none)}: not excluded", where="NODES", todo="prodcli nodes exclude list shows all")
    return [node for names in found.values() for node in names]


def _warn_of_unknown(session: Session, database: Database, names: Sequence[str]) -> None:
    from prodcli.nodes.excluded import unknown

    for name in unknown(database, session.batch, names):
        session.warn(f"{name}: no machine of the pool has this name, and no job ended there lately; is it right?")


def _carry_out(session: Session, change: _Change, wanted: Sequence[str], how: _How) -> None:
    """Show the change for jobs in the queues, ask, do it, and show the outcome."""
    from prodcli.batch.node_list import listed
    from prodcli.cli.consent import require_consent
    from prodcli.nodes.excluded import Excluder
    from prodcli.sizes import counted

    preview = _preview(session, listed(wanted))
    data: dict[str, Any] = {"nodes": sorted(set(wanted)), "schedds": _records(preview), "told": None}
    if how.dry_run:
        preview = preview.noted("dry run: nothing was changed")
        _show(session, preview, data, how.style)
        return
    if how.style is options.Style.TABLE:
        (session.summarize_table if how.yes else session.show)(preview)
        sys.stdout.flush()
    jobs = counted(sum(row["jobs"] or 0 for row in data["schedds"]), "queued job")
    question = f"{change.doing}: update {jobs}?"
    require_consent(question, how.yes, shown=how.style is options.Style.TABLE)
    session.keep_log()
    told = change.carry_out(Excluder(session.database("production"), session.batch, how.apply, session.progress))
    if how.style is options.Style.TABLE:
        updated = told.updated if how.apply else "the next harvest updates queued jobs"
        session.summarize(f"{change.done}; {updated}")
    else:
        _show(session, preview, data | {"told": asdict(told)}, how.style)
    told.require_done()


def _show(session: Session, preview: Table, data: dict[str, Any], style: options.Style) -> None:
    if style is options.Style.JSON:
        session.show_json(data)
    else:
        session.show(preview, style)


def _records(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.keys, row, strict=True)) for row in table.rows]


def _preview(session: Session, nodes: str) -> Table:
    """By schedd, the jobs whose list changes, the jobs without a list, and the reason if a schedd does not answer."""
    from prodcli.tables.table import Column, Kind, Table

    lists = session.batch.node_lists
    rows: list[list[Cell]] = []
    for schedd in session.batch.schedds():
        try:
            counts = (lists.count_other_nodes(schedd, nodes), lists.count_unlisted(schedd)) if lists else (0, 0)
            rows.append([schedd, *counts, ""])
        except BatchError as failure:
            rows.append([schedd, None, None, str(failure)])
    note = "no list: submitted by an older version or another template; they cannot be kept away from a node"
    some = any(row[2] for row in rows)
    columns = (
        *(Column("schedd"), Column("jobs", kind=Kind.COUNT), Column("no_list", kind=Kind.COUNT)),
        Column("trouble", kind=Kind.DETAIL, drop_empty=True),
    )
    return Table(columns, rows, note=note if some else "")


def _notes(session: Session, database: Database, every: bool) -> Table:
    from prodcli.nodes.excluded import bad_list, bad_nodes, behind
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = [
        [one.node, one.reason, one.author, one.added, one.expires, "expired" if one.expired else ""]
        for one in bad_nodes(database, every)
    ]
    try:
        late = behind(database, session.batch.schedds(), bad_list(database))
    except BatchError as failure:
        session.warn(str(failure))
        late = []
    words = [] if rows else ["no node is excluded"]
    words += [f"queued jobs of {', '.join(late)} are not updated yet: the next harvest does it"] if late else []
    columns = (
        Column("node"),
        Column("reason", level=1),
        Column("author", level=2),
        Column("added", kind=Kind.AGO, level=2),
        Column("until", kind=Kind.AGO, level=1, drop_empty=True),
        Column("state", level=1, style="dim", drop_empty=True),
    )
    return Table(columns, rows, note="\n".join(words))
