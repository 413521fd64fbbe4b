"""prodcli dashboard html|grafana."""

import typer

from prodcli.cli.dashboards.grafana import grafana
from prodcli.cli.pages.html import html

app = typer.Typer(help="Write pages for others, and a board for Grafana.", no_args_is_help=True)
app.command(epilog="Example: prodcli dashboard html pages")(html)
app.command(epilog="Example: prodcli dashboard grafana boards")(grafana)
