"""prodcli legacy install|show, and what the wrappers call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current

app = typer.Typer(help="Go on with the commands of today, by wrappers.", no_args_is_help=True)
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[WORD]...", help="The other words of the command line of today.")
]


def _names(incomplete: str) -> list[str]:
    """The commands of today that begin so."""
    from prodcli.legacy.commands import wrapper_names

    return [name for name in wrapper_names() if name.startswith(incomplete)]


@app.command("install", epilog="Example: prodcli legacy install bin --dry-run")
def install(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the wrappers; it is made if needed.")],
    dry_run: options.DryRun = False,
) -> None:
    """Write wrappers with the names of today's commands.

    Each calls this prodcli, with the prodcli.yaml that is in force now. Files that are no wrappers are never written over.
    """
    from prodcli.cli.legacy.wrapper_files import write_wrappers

    write_wrappers(current(context), folder, dry_run)


@app.command("show", epilog="Example: prodcli legacy show dstspider.py --config rules.yaml --rule Full_TRKR_CLUSTER -n")
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="[COMMAND]", help="A command of today; default: list all.", autocompletion=_names),
    ] = "",
    words: Words = None,
) -> None:
    """Show what a command line of today is here; it is not run.

    A command alone shows its flags.
    """
    from prodcli.cli.legacy import flag_table, today

    session, line = current(context), [name, *(words or ())]
    if not name:
        session.show(flag_table.commands())
    elif today.asks_for_help(line):
        session.show(flag_table.flags(name))
    else:
        session.show_text(today.shown(today.new_form(line)))


@app.command("run", hidden=True, epilog="Example: prodcli legacy run dstspider.py --help")
def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help="A command of today.")],
    words: Words = None,
) -> None:
    """Run a command line of today, and say what it is here."""
    from prodcli.cli.legacy import flag_table, today

    session, line = current(context), [name, *(words or ())]
    if today.is_help(words or ()):
        session.show(flag_table.flags(name))
        return
    code = today.run(session, line)
    if code:
        raise typer.Exit(code)
