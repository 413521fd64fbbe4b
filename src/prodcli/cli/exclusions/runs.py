"""prodcli runs invalid|label."""

import typer

from prodcli.cli.data_states import label
from prodcli.cli.exclusions import invalid

app = typer.Typer(help="Mark runs as invalid, so that they get no jobs; label runs.", no_args_is_help=True)
app.add_typer(invalid.app, name="invalid")
app.add_typer(label.app, name="label")
