"""prodcli version."""

import typer

from prodcli import __version__
from prodcli.cli.context import current

EXAMPLE = "Example: prodcli version"


def version(context: typer.Context) -> None:
    """Show the version."""
    current(context).show_text(f"prodcli {__version__}")
