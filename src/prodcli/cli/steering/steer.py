"""prodcli steer lint|show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_steered_hosts
from prodcli.cli.context import current

app = typer.Typer(help="Check steering files; show what they do on each host.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE", help="Steering file, or rule file.")]
Paths = Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help="Steering files, and folders of them.")]
Hostname = Annotated[
    str,
    typer.Option(
        "--hostname",
        metavar="HOST",
        help="Only this host; default: every host.",
        autocompletion=complete_steered_hosts,
    ),
]


@app.command("lint", epilog="Example: prodcli steer lint steering.yaml")
def lint(
    context: typer.Context, paths: Paths, hostname: Hostname = "", style: options.Format = options.Style.TABLE
) -> None:
    """Check every rule of every host of steering files.

    A rule is looked up in its rule file, and checked there. Exit code 3: a pass could not do what a file says.
    """
    from prodcli.errors import RuleError
    from prodcli.sizes import counted
    from prodcli.steering.lint import lint as lint_file
    from prodcli.steering.lint import steering_files
    from prodcli.tables.table import Column, Kind, Table

    session = current(context)
    files = steering_files(paths)
    found = [one for file in files for one in lint_file(file, hostname, session.rule_site)]
    rows = [[one.where, one.host, one.rule, one.kind, one.what] for one in found]
    well = "" if any(one.kind != "note" for one in found) else f"{counted(len(files), 'steering file')}, all well"
    columns = (
        *(Column("where"), Column("host", level=1), Column("rule", level=1), Column("kind", style="yellow")),
        Column("finding", kind=Kind.DETAIL),
    )
    session.show(Table(columns, rows, note=well), style)
    errors = sum(one.kind == "error" for one in found)
    if errors:
        raise RuleError(f"{counted(errors, 'error')} in {counted(len(files), 'steering file')}")


@app.command("show", epilog="Example: prodcli steer show steering.yaml --plan")
def show(
    context: typer.Context,
    file: File,
    hostname: Hostname = "",
    plan: Annotated[bool, typer.Option("--plan", help="Also count the jobs that a pass would submit now.")] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show what a steering file does on each host, now.

    The rules are looked up in their rule files. Nothing is changed, and no database is asked without --plan.
    """
    from prodcli.cli.steering.steer_table import shown
    from prodcli.steering.read import hosts_in, read_steering

    session = current(context)
    hosts = [hostname] if hostname else hosts_in(file)
    session.show(shown(session, [read_steering(file, host) for host in hosts], plan), style)
