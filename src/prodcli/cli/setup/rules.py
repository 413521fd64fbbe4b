"""prodcli rules new|list|show|lint|convert|schema|diff."""

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current

app = typer.Typer(help="Make, list, show, check, compare and convert rule files.", no_args_is_help=True)

Paths = Annotated[list[Path] | None, typer.Argument(metavar="FILE|FOLDER...", help="Rule files, and folders of them.")]


NewDsttype = Annotated[
    str, typer.Argument(metavar="DSTTYPE", help="What the rule makes.", autocompletion=options.complete_dsttypes)
]
NewFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="Rule file to write, or to add to.")]
NewName = Annotated[
    str, typer.Option("--rule", "-r", metavar="NAME", help="Name of the rule; default: like Full_CALO.")
]
Period = Annotated[str, typer.Option("--period", help="Running period and species, like run3auau.")]
Build = Annotated[str, typer.Option("--build", help="Software release, like ana.541.")]
Dbtag = Annotated[str, typer.Option("--dbtag", help="Conditions tag, like 2025p014.")]
NewVersion = Annotated[int | None, typer.Option("--version", min=0, help="Version of the outputs; default: 1.")]
InputTag = Annotated[str, typer.Option("--inputs", metavar="TAG", help="Tag of the inputs.")]
NewScript = Annotated[str, typer.Option("--script", metavar="FILE", help="Script of the jobs; default: a new one.")]
NewMemory = Annotated[str, typer.Option("--mem", help="Memory to request; default: 2 GB, then 4 GB.")]


@app.command(
    "new",
    epilog="Example: prodcli rules new DST_CALO --period run3pp --build ana.541 --dbtag nocdbtag --inputs ana540_nocdbtag_v001 -c calo.yaml",
)
def new(
    context: typer.Context,
    dsttype: NewDsttype,
    config: NewFile = Path("rules.yaml"),
    rule: NewName = "",
    period: Period = "",
    build: Build = "",
    dbtag: Dbtag = "",
    version: NewVersion = None,
    inputs: InputTag = "",
    script: NewScript = "",
    mem: NewMemory = "",
) -> None:
    """Write a rule, and the script of its jobs, from templates.

    The rule is added to the file. Rules and scripts that are there stay as they are. Put your macro into the script
    before you submit jobs.
    """
    from prodcli.setup.new_rule import NewRule, write_rule

    session = current(context)
    site = session.rule_site
    wanted = NewRule(site, site.dsttype(dsttype), rule, period, build, dbtag, version, inputs, script, mem)
    session.summarize("\n".join(write_rule(config, wanted)))
    session.summarize(f"Next: prodcli submit -c {config} -r {wanted.called} --dry-run")


@app.command("list", epilog="Example: prodcli rules list -c rules.yaml")
def list_(
    context: typer.Context,
    config: options.RuleFile,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """List the rules of a file."""
    from prodcli.rules.load import check_rules
    from prodcli.tables.table import Column, Table

    session = current(context)
    rows = []
    for one in check_rules(config, session.rule_site, lenient=lenient):
        rule = one.rule
        values = (
            (rule.params.dsttype, rule.outtriplet, rule.params.dataset, str(rule.dsttype.match)) if rule else ("",) * 4
        )
        rows.append([one.name, *values, "ok" if rule else one.errors[0]])
    columns = (
        *(Column("rule"), Column("dsttype", level=1), Column("tag", level=1, shared=True)),
        *(Column("dataset", level=2, shared=True), Column("match", level=3), Column("check", style="red")),
    )
    session.show(Table(columns, rows, marks={"ok": "green"}), style)


@app.command("show", epilog="Example: prodcli rules show -c rules.yaml -r Full_TRKR_CLUSTER --resolved")
def show(
    context: typer.Context,
    config: options.RuleFile,
    rule: options.RuleName = None,
    with_origin: Annotated[bool, typer.Option("--resolved", help="Also show the source of each value.")] = False,
    nevents: options.Events = 0,
    mem: options.Memory = None,
    priority: options.Priority = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show every field of a rule, with defaults and names filled in."""
    from prodcli.rules.check import require_rule
    from prodcli.rules.load import check_one
    from prodcli.rules.model import Overrides
    from prodcli.rules.view import resolved
    from prodcli.tables.table import Column, Table

    session, overrides = current(context), Overrides(nevents, mem, priority)
    checked = check_one(config, rule, session.rule_site, lenient=lenient, overrides=overrides)
    rows = [list(row) for row in resolved(checked, require_rule(checked, str(config)), overrides)]
    columns = (Column("key"), Column("value"), *([Column("from", level=1)] if with_origin else []))
    session.show(Table(columns, [row[: len(columns)] for row in rows]), style)


@app.command("lint", epilog="Example: prodcli rules lint rules.yaml --deep")
def lint(
    context: typer.Context,
    paths: Paths = None,
    config: options.AnyRuleFile = None,
    lenient: options.Lenient = False,
    deep: Annotated[bool, typer.Option("--deep", help="Also check that scripts, payloads and builds exist.")] = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Check every rule of files and folders.

    Exit code 3: a rule has an error.
    """
    from prodcli.rules.load import check_files
    from prodcli.rules.view import findings
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Table

    session, wanted = current(context), _paths(paths, config)
    checked = check_files(wanted, session.rule_site, lenient=lenient)
    found = findings(checked, deep)
    rows = [[one.where, one.rule, one.kind, one.what] for one in found]
    count = sum(not one.note for rules in checked.values() for one in rules)
    well = "" if any(one.kind != "note" for one in found) else f"{counted(count, 'rule')}, all well"
    columns = (Column("where"), Column("rule", level=1), Column("kind"), Column("finding"))
    note = well or _of_template([one.what for one in found if one.kind == "error"])
    session.show(Table(columns, rows, marks={"error": "bold red", "note": "dim"}, note=note), style)
    _fail_for(sum(one.kind == "error" for one in found), count, wanted)


def _of_template(errors: list[str]) -> str:
    """What fills in words like VERSION, where errors are about such words of a template; else empty."""
    from prodcli.productions.template import left_in

    words = dict.fromkeys(word for error in errors for _, word in left_in(error))
    return f"{', '.join(words)}: as in a template, which prodcli production new fills in" if words else ""


def _paths(paths: list[Path] | None, config: Path | None) -> list[Path]:
    from prodcli.errors import UsageError

    found = [*(paths or ()), *([config] if config else ())]
    if not found:
        raise UsageError("no file or folder is named", todo="like prodcli rules lint rules.yaml")
    return found


def _fail_for(errors: int, rules: int, paths: list[Path]) -> None:
    from prodcli.errors import RuleError
    from prodcli.sizes import counted

    if errors:
        raise RuleError(f"{counted(errors, 'error')} in {counted(rules, 'rule')}", where=", ".join(map(str, paths)))


@app.command("convert", epilog="Example: prodcli rules convert -c rules.yaml -r Full_TRKR_CLUSTER")
def convert(
    context: typer.Context, config: options.RuleFile, rule: options.RuleName = None, lenient: options.Lenient = False
) -> None:
    """Write rules in the newer dialect.

    Keys that have no counterpart become comments. Exit code 3: a rule has an error.
    """
    from prodcli.rules.convert import convert as written
    from prodcli.rules.load import check_one, check_rules

    session = current(context)
    checked = check_rules(config, session.rule_site, lenient=lenient) if rule is None else []
    checked = checked or [check_one(config, rule, session.rule_site, lenient=lenient)]
    session.show_text(written(checked))
    _fail_for(sum(len(one.errors) for one in checked), len(checked), [config])


@app.command("schema", epilog="Example: prodcli rules schema")
def schema_(context: typer.Context) -> None:
    """Write the JSON Schema of rule files, for editors."""
    from prodcli.rules.json_schema import schema

    session = current(context)
    session.show_json(schema(session.rule_site))


@app.command("diff", epilog="Example: prodcli rules diff rules.yaml rules.yaml")
def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="A", help="Rule file.")],
    new: Annotated[Path, typer.Argument(metavar="B", help="Rule file to compare it with.")],
    rule: options.RuleName = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Compare two rule files, rule by rule and field by field."""
    from prodcli.rules.check import require_rule
    from prodcli.rules.load import check_rules
    from prodcli.rules.view import differences
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Table

    session = current(context)
    a, b = (
        {
            one.name: require_rule(one, str(file))
            for one in check_rules(file, session.rule_site, lenient=lenient)
            if rule in (None, one.name)
        }
        for file in (old, new)
    )
    rows = [[name, *row] for name in dict.fromkeys([*a, *b]) for row in differences(a.get(name), b.get(name))]
    note = "" if rows else f"{counted(len(a), 'rule')}, all alike"
    session.show(Table((Column("rule"), Column("key"), Column("a", "A"), Column("b", "B")), rows, note=note), style)
