"""prodcli dashboard html|serve|grafana."""

import typer

from prodcli.cli.dashboards.grafana import grafana
from prodcli.cli.pages.html import html
from prodcli.cli.pages.serve import serve

app = typer.Typer(help="Write pages for others, and a board for Grafana.", no_args_is_help=True)
app.command(epilog="Example: prodcli dashboard html pages")(html)
app.command(epilog="Example: prodcli dashboard serve --port 8080")(serve)
app.command(epilog="Example: prodcli dashboard grafana boards")(grafana)
