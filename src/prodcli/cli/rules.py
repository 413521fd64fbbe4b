"""prodcli rules list|show|lint."""

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current

app = typer.Typer(help="Look at rule files.", no_args_is_help=True)
File = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="Rule file.")]


@app.command("list", epilog="Example: prodcli rules list -c rules.yaml")
def list_(
    context: typer.Context, config: File, lenient: options.Lenient = False, style: options.Format = options.Style.TABLE
) -> None:
    """List the rules of a file."""
    from prodcli.cli.output import Table
    from prodcli.dialects.params_input_job import check_rules

    session = current(context)
    rows = []
    for one in check_rules(config, session.site, lenient=lenient):
        rule = one.rule
        values = (
            (rule.params.dsttype, rule.outtriplet, rule.params.dataset, str(rule.dsttype.match)) if rule else ("",) * 4
        )
        rows.append([one.name, *values, "ok" if rule else one.errors[0]])
    session.show(Table(("rule", "dsttype", "tag", "dataset", "match", "check"), rows), style)


@app.command("show", epilog="Example: prodcli rules show -c rules.yaml -r Full_TRKR_CLUSTER")
def show(
    context: typer.Context,
    config: File,
    rule: options.RuleName = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show what every field of a rule became, defaults and names filled in."""
    from prodcli.cli.output import Table
    from prodcli.dialects.params_input_job import load_rule
    from prodcli.rule_view import view

    session = current(context)
    rows = view(load_rule(config, rule, session.site, lenient=lenient))
    session.show(Table(("key", "value"), [[key, value] for key, value in rows]), style)


@app.command("lint", epilog="Example: prodcli rules lint -c rules.yaml --deep")
def lint(
    context: typer.Context,
    config: File,
    lenient: options.Lenient = False,
    deep: Annotated[bool, typer.Option("--deep", help="Also look for scripts, payloads and builds.")] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Check every rule of a file; exit code 3 if one has an error."""
    from prodcli.cli.output import Table
    from prodcli.dialects.params_input_job import check_rules
    from prodcli.errors import RuleError
    from prodcli.rule_view import findings

    session = current(context)
    checked = check_rules(config, session.site, lenient=lenient)
    found = findings(checked, deep)
    session.show(
        Table(
            ("rule", "kind", "finding"),
            [list(row) for row in found],
            note="" if found else f"{len(checked)} rules, all well",
        ),
        style,
    )
    errors = sum(kind == "error" for _, kind, _ in found)
    if errors:
        raise RuleError(f"{errors} errors in {len(checked)} rules", where=str(config))
