"""prodcli production new|lint|stop|resume|remove|list."""

from __future__ import annotations

from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.option_groups import takes
from prodcli.cli.outputs import erasing
from prodcli.cli.productions.new_options import NewOptions, says_what_is_new

app = typer.Typer(help="Start named productions from a template; check, stop, remove.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The production; `production list` shows all.")]
NameOrFolder = Annotated[str, typer.Argument(metavar="NAME|DIR", help="The production, or a folder with its files.")]
Kill = Annotated[bool, typer.Option("--kill", help="Also remove its jobs from the queues.")]


@app.command(
    "new", epilog="Example: prodcli production new run3oo_calo_pro002_pcdb001_v001 --from run3oo --runs 82374 82703 -n"
)
@says_what_is_new
def new(context: typer.Context, said: NewOptions) -> None:
    """Start a production from a template folder.

    The placeholders PROD, TAG, VERSION and BRANCH of its YAML files are filled in, rules get the prefix, the steering
    file the paths. The folder, its git branch and annotated tag and the entry in the books are made together or not at
    all. Nothing is pushed.
    """
    from prodcli.cli.productions.starting import start

    start(current(context), said)


@app.command("lint", epilog="Example: prodcli production lint run3oo_calo_pro001_pcdb001_v001")
def lint(context: typer.Context, name: NameOrFolder, style: options.Format = options.Style.TABLE) -> None:
    """Check the files of a production, and against others.

    Exit code 3: a pass could not do what the files say, or would harm another production.
    """
    from prodcli.cli.productions.production_tables import finding_table
    from prodcli.cli.productions.starting import found_by_lint
    from prodcli.errors import RuleError
    from prodcli.sizes import counted

    session = current(context)
    found = found_by_lint(session, name)
    session.show(finding_table(found, name), style)
    errors = sum(one.kind == "error" for one in found)
    if errors:
        raise RuleError(f"{counted(errors, 'error')} in the production", where=name)


@app.command("list", epilog="Example: prodcli production list")
def list_(context: typer.Context, style: options.Format = options.Style.TABLE) -> None:
    """List the productions, and which are stopped."""
    from prodcli.cli.productions.production_tables import production_table
    from prodcli.productions.booked import productions

    session = current(context)
    session.show(production_table(productions(session.database("production", read_only=True)).values()), style)


@app.command("stop", epilog="Example: prodcli production stop run3oo_calo_pro001_pcdb001_v001 --dry-run")
def stop(
    context: typer.Context,
    name: Name,
    kill: Kill = False,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
) -> None:
    """Stop a production: nobody submits jobs of its rules.

    That holds on any host. Jobs that are in the queues go on, and their outputs are registered; --kill removes these jobs.
    """
    from prodcli.cli.productions.ending import Ending

    Ending(current(context), name, reason, dry_run, yes).stop(kill)


@app.command("resume", epilog="Example: prodcli production resume run3oo_calo_pro001_pcdb001_v001")
def resume(context: typer.Context, name: Name, reason: options.Why = "") -> None:
    """Let passes submit jobs of a stopped production again."""
    from prodcli.cli.productions.ending import Ending

    Ending(current(context), name, reason, dry_run=False, yes=True).resume()


@app.command("remove", epilog="Example: prodcli production remove run3oo_calo_pro001_pcdb001_v001 --dry-run")
@takes(erasing.erasing_options, without={"downstream", "style"})
def remove(context: typer.Context, said: erasing.Said, name: Name) -> None:
    """Erase all outputs of a production, and forget it.

    Outputs of children go first. The inventory of each rule is shown beforehand, and a word is asked for. The production is stopped before anything goes.
    Its folder and its git branch stay.
    """
    from prodcli.cli.productions.ending import Ending

    Ending(current(context), name, said.reason, said.dry_run, said.yes).remove(said)
