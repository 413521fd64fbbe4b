"""prodcli config show|check|detectors."""

import os
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.commands.by_hand import RULES, TAG
from prodcli.cli.complete import complete_hosts
from prodcli.cli.context import current

app = typer.Typer(help="Show and check the configuration.", no_args_is_help=True)


@app.command("show", epilog="Example: prodcli config show")
def show(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """Show the effective configuration, value by value.

    Each value stands with its source: file, profile or default; below, variables that give options their defaults. Passwords are hidden.
    """
    from prodcli.cli.commands.defaults import require_defaults
    from prodcli.secrets import hide_value
    from prodcli.tables.table import Column, Table

    session = current(context)
    values = sorted(session.config.values.items())
    require_defaults(context)
    rows = [[key, hide_value(key, str(value.value)), value.origin] for key, value in values]
    rows += [[f"${name}", os.environ[name], "environment"] for name in (RULES, TAG) if os.environ.get(name)]
    session.show(Table((Column("key"), Column("value"), Column("from", level=1)), rows), style)


@app.command("check", epilog="Example: prodcli config check")
def check(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """Connect to every database and schedd, and show errors."""
    from prodcli.cli.setup.checks import show_checks

    show_checks(current(context), style)


@app.command("detectors", epilog="Example: prodcli config detectors TPC17 INTT3")
def detectors(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Detectors (TPC17), hosts, or leaves of dsttypes.", autocompletion=complete_hosts),
    ] = None,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show the hosts of a detector name."""
    from prodcli.tables.table import Column, Table

    session = current(context)
    hosts = [host for name in names for host in session.site.hosts_called(name)] if names else session.site.hosts
    rows = [[one.detector, one.spoken, one.name, one.leaf] for one in hosts]
    session.show(Table([Column(key) for key in ("detector", "spoken", "host", "leaf")], rows), style)
