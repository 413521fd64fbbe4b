"""prodcli campaign."""

import typer

from prodcli.cli.campaigns.close import CLOSE_EXAMPLE, close
from prodcli.cli.campaigns.diff import DIFF_EXAMPLE, diff

app = typer.Typer(help="Compare campaigns, and close those that are done.", no_args_is_help=True)
app.command("diff", epilog=DIFF_EXAMPLE)(diff)
app.command("close", epilog=CLOSE_EXAMPLE)(close)
