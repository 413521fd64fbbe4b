"""prodcli campaign."""

import typer

from prodcli.cli.campaigns.diff import DIFF_EXAMPLE, diff

app = typer.Typer(help="Compare campaigns: what two tags made of the same runs.", no_args_is_help=True)
app.command("diff", epilog=DIFF_EXAMPLE)(diff)


@app.callback()
def campaign() -> None:
    """Compare campaigns: what two tags made of the same runs."""
