"""prodcli completion install|show."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.setup.shell_completion import Shell

app = typer.Typer(help="Install completion of words for your shell; show its script.", no_args_is_help=True)
Which = Annotated[Shell | None, typer.Argument(metavar="[SHELL]", help="bash, zsh or fish; default: your login shell.")]


@app.command("install", epilog="Example: prodcli completion install bash --dry-run")
def install(
    context: typer.Context, shell: Which = None, dry_run: options.DryRun = False, yes: options.Yes = False
) -> None:
    """Install completion where your shell looks for it.

    The files are shown first. Where the shell does not look there by itself, its start-up file gets lines. Installed
    again, only what is out of date is written.
    """
    from prodcli.cli.commands.shells import script_of
    from prodcli.cli.consent import require_consent
    from prodcli.setup.shell_completion import completion_files, shell_of

    session, chosen = current(context), shell or shell_of(os.environ)
    files = completion_files(chosen, script_of(chosen), os.environ)
    if not files.changes:
        session.summarize(f"{files.script}: nothing changes")
        return
    session.show_text("\n".join(files.changes))
    if dry_run:
        return
    require_consent(f"Install completion for {chosen}?", yes)
    files.write()
    session.say(f"{chosen} completes words of prodcli from its next start on")


@app.command("show", epilog="Example: prodcli completion show bash")
def show(context: typer.Context, shell: Which = None) -> None:
    """Print the script, for a folder of your own."""
    from prodcli.cli.commands.shells import script_of
    from prodcli.setup.shell_completion import shell_of

    current(context).show_text(script_of(shell or shell_of(os.environ)))
