"""prodcli dashboard html."""

import typer

from prodcli.cli.pages.html import html

app = typer.Typer(help="Write pages for others: a site of campaigns, steps, runs, jobs.", no_args_is_help=True)
app.command(epilog="Example: prodcli dashboard html pages")(html)
