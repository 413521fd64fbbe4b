"""prodcli runs invalid."""

import typer

from prodcli.cli.exclusions import invalid

app = typer.Typer(help="Mark runs as invalid: no job of them is submitted.", no_args_is_help=True)
app.add_typer(invalid.app, name="invalid")
