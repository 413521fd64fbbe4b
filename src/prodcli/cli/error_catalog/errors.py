"""prodcli errors list|show|name|lint|test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_entries
from prodcli.cli.context import current
from prodcli.cli.error_catalog import naming
from prodcli.error_catalog.known_error import Category
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.error_catalog.known_error import KnownError

app = typer.Typer(help="Known errors: what they mean, and what helps; name unknown ones.", no_args_is_help=True)
OfCategory = Annotated[Category | None, typer.Option("--category", help="Only errors of this category.")]
Own = Annotated[bool, typer.Option("--own", help="Only entries of the site and of plug-ins.")]
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[WORDS]...", help="Only entries with these words in key or name.")
]
Entry = Annotated[str, typer.Argument(metavar="KEY", help="Key of an entry.", autocompletion=complete_entries)]
File = Annotated[Path, typer.Argument(metavar="FILE", help="File of entries.")]
AnyFile = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="File of entries; default: those of the site and of plug-ins."),
]
Since = Annotated[str, typer.Option("--since", help="Only failures since 2026-01-31, or 36h, 7d ago.")]
Clusters = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEYS]...", help="Keys of unknown errors, as diagnose and jobs --errors show them."),
]


@app.command("list", epilog='Example: prodcli errors list --category "experiment code"')
def list_(
    context: typer.Context,
    words: Words = None,
    category: OfCategory = None,
    own: Own = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """List the error catalog, in the order in which entries are tried."""
    from prodcli.cli.error_catalog.entry_tables import entries_table
    from prodcli.error_catalog.read_catalog import read_catalog

    session = current(context)
    wanted = [word.casefold() for word in words or ()]
    found = [
        entry
        for entry in read_catalog(session.config).entries
        if (category is None or entry.category is category)
        and not (own and entry.is_built_in)
        and all(word in f"{entry.key} {entry.name}".casefold() for word in wanted)
    ]
    session.show(entries_table(found), style)


@app.command("show", epilog="Example: prodcli errors show database-unreachable")
def show(context: typer.Context, key: Entry, style: options.Format = options.Style.TABLE) -> None:
    """Show an entry: what it means, what helps, and which signs tell it."""
    from prodcli.cli.error_catalog.entry_tables import entry_table
    from prodcli.error_catalog.read_catalog import read_catalog
    from prodcli.names import did_you_mean

    session = current(context)
    catalog = read_catalog(session.config)
    entry = catalog.get(key)
    if entry is None:
        keys = [one.key for one in catalog.entries]
        raise UsageError(f"there is no entry {key!r:.60}{did_you_mean(key, keys)}", where="errors show")
    session.show(entry_table(entry), style)


@app.command(
    "name",
    epilog='Example: prodcli errors name 7e564 --as "a door is shut" --category "experiment code" --action ask --advice "open it"',
)
def name(
    context: typer.Context,
    keys: Clusters = None,
    called: naming.Called = "",
    category: naming.OfCategory = None,
    action: naming.Action = Remedy.ASK,
    advice: naming.Advice = "",
    entry_key: naming.Key = "",
    dry_run: options.DryRun = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Name unknown errors, from now on and in the past.

    The masked texts of the errors become the patterns of an entry of the site's file, and past failures get its name.
    Without keys, past failures get the names that the catalog has for them now.
    """
    session = current(context)
    if keys:
        new = naming.new_entry(keys, entry_key, called, category, action, advice)
        naming.add(session, keys, new, dry_run, style)
        return
    if called or category or advice or entry_key:
        raise UsageError("which errors have this name?", where="errors name", todo="give their keys")
    naming.name_again(session, dry_run, style)


@app.command("lint", epilog="Example: prodcli errors lint errors.yaml")
def lint(context: typer.Context, file: AnyFile = None, style: options.Format = options.Style.TABLE) -> None:
    """Check the form, examples and patterns of entries.

    Each pattern is tried on texts that are hard for patterns. Exit code 3: an entry is wrong.
    """
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.error_catalog.lint import lint as lint_entries
    from prodcli.error_catalog.read_catalog import read_catalog
    from prodcli.errors import ConfigError
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Kind, Table

    session = current(context)
    entries = _entries(session, file)
    others = [one for one in read_catalog(session.config).entries if one.key not in {entry.key for entry in entries}]
    found = lint_entries(entries, ErrorCatalog((*entries, *others)))
    columns = (Column("key"), Column("from", level=1), Column("finding", kind=Kind.DETAIL))
    well = "" if found else f"{counted(len(entries), 'known error')}, all well"
    session.show(Table(columns, [[one.key, one.origin, one.what] for one in found], note=well), style)
    if found:
        raise ConfigError(f"{counted(len(found), 'finding')} in {counted(len(entries), 'known error')}")


@app.command("test", epilog="Example: prodcli errors test errors.yaml --since 30d")
def test(context: typer.Context, file: File, since: Since = "30d", style: options.Format = options.Style.TABLE) -> None:
    """Try the entries of a file on past failures.

    Each row is a kind of failures that an entry fits, with what they are called now. Entries are tried on the line that
    the books have of each failure, and on the end of the err file of the newest job.
    """
    from prodcli.cli.error_catalog.entry_tables import tried_table
    from prodcli.diagnosis.past_failures import tried

    session = current(context)
    entries = _entries(session, file)
    naming.require_quick(entries)
    failures = naming.failures_since(session, since)
    ends = naming.ends_of(failures)
    session.show(tried_table(entries, tried(entries, failures, ends), failures), style)


def _entries(session: Session, file: Path | None) -> Sequence[KnownError]:
    from prodcli.error_catalog.read_catalog import file_entries, plugin_entries, site_entries

    return file_entries(file) if file else [*site_entries(session.config), *plugin_entries()]
