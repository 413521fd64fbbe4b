"""prodcli init."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current

if TYPE_CHECKING:
    from prodcli.setup.new_config import NewConfig

EXAMPLE = "Example: prodcli init mysite --yes"


class System(StrEnum):
    """The batch system."""

    LOCAL = "local"
    HTCONDOR = "htcondor"


Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of prodcli.yaml.", show_default="here")]
Books = Annotated[
    str, typer.Option("--production", metavar="DB", help="The books: a DSN of odbc.ini, a URL or a SQLite file.")
]
Replica = Annotated[str, typer.Option("--production-read", metavar="DB", help="The replica of the books, for reports.")]
FileCatalog = Annotated[str, typer.Option("--filecatalog", metavar="DB", help="The catalog of produced files.")]
RawCatalog = Annotated[str, typer.Option("--raw", metavar="DB", help="The catalog of raw files.")]
RunCatalog = Annotated[str, typer.Option("--daq", metavar="DB", help="The catalog of runs.")]
BatchSystem = Annotated[
    System | None, typer.Option("--batch", help="The batch system; default: local, with schedds htcondor.")
]
Schedds = Annotated[
    list[str] | None,
    typer.Option("--schedds", metavar="NAMES...", help="Schedds in use; default: the one of this host."),
]
Collector = Annotated[str, typer.Option("--collector", metavar="HOST", help="Collector of the pool.")]
Root = Annotated[
    str,
    typer.Option("--root", metavar="DIR", help="Folder of what jobs write; default: `output` for the local batch."),
]
Profile = Annotated[str, typer.Option("--profile", metavar="NAME", help="Site profile, or its file; default: sphenix.")]


def init(
    context: typer.Context,
    directory: Folder = Path(),
    production: Books = "",
    production_read: Replica = "",
    filecatalog: FileCatalog = "",
    raw: RawCatalog = "",
    daq: RunCatalog = "",
    batch: BatchSystem = None,
    schedds: Schedds = None,
    collector: Collector = "",
    root: Root = "",
    profile: Profile = "",
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Write a prodcli.yaml, make the books, and check both.

    On a terminal init asks, unless an option says what to write. Where no database is named, SQLite files are made, and
    empty catalogs. A prodcli.yaml that is there stays as it is, and so do the tables of other tools.
    """
    from prodcli.cli.consent import can_ask
    from prodcli.setup.new_workspace import require_free

    urls = {
        "production": production,
        "production_read": production_read,
        "filecatalog": filecatalog,
        "raw": raw,
        "daq": daq,
    }
    require_free(directory)
    if any((*urls.values(), batch, schedds, collector, root, profile, yes)) or not can_ask():
        new = _said(urls, batch or (System.HTCONDOR if schedds else System.LOCAL), schedds or [], root)
    else:
        new = _asked()
    _make(current(context), directory, replace(new, collector=collector, profile=profile or new.profile), style)


def _said(urls: Mapping[str, str], batch: System, schedds: list[str], root: str) -> NewConfig:
    """The configuration that options or answers say."""
    from prodcli.setup.new_config import LOCAL_ROOT, NewConfig, database_url, sqlite_databases

    databases = {role: database_url(url) for role, url in urls.items() if url} or sqlite_databases()
    default = LOCAL_ROOT if batch is System.LOCAL else ""
    return NewConfig(databases, batch, schedds, root=root or default)


def _asked() -> NewConfig:
    """The configuration that the answers on a terminal say."""
    from prodcli.cli.consent import typed
    from prodcli.setup.new_config import DATABASES, LOCAL_ROOT

    urls = {"production": typed("The books: a DSN of odbc.ini, a URL or a SQLite file (Enter: SQLite, here): ")}
    if urls["production"]:
        others = [role for role in DATABASES if role != "production"]
        urls |= {role: typed(f"{DATABASES[role].capitalize()} (Enter: none): ") for role in others}
    batch = ""
    while batch not in list(System):
        batch = typed("Batch system, local or htcondor (Enter: local): ") or System.LOCAL
    htcondor = batch == System.HTCONDOR
    schedds = typed("Schedds, new jobs go to the first (Enter: the one of this host): ").split() if htcondor else []
    default = "as the profile says" if htcondor else LOCAL_ROOT
    return _said(urls, System(batch), schedds, typed(f"Folder of what jobs write (Enter: {default}): "))


def _make(session: Session, folder: Path, new: NewConfig, style: options.Style) -> None:
    """Write the configuration, make what it names, and show what is wrong with it."""
    from prodcli.cli.setup.checks import show_checks
    from prodcli.errors import ProdError, TransientDatabaseError
    from prodcli.health.checked import Check
    from prodcli.setup import new_workspace

    config = new_workspace.write_config(folder, new)
    session.use(config)
    made = [Check("configuration", detail=f"written: {config.file}")]
    try:
        made += [Check("catalogs", detail=f"made, empty: {file}") for file in new_workspace.make_catalogs(config)]
        made.append(Check("books", detail=new_workspace.make_books(config)))
    except TransientDatabaseError:
        pass  # the checks find the same, and say so
    except ProdError as failure:
        made.append(Check.failed("books", failure))
    show_checks(session, style, made)
