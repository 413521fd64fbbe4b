"""prodcli scout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_tags
from prodcli.cli.context import current

if TYPE_CHECKING:
    from prodcli.scouts.comparison import Comparison, Measure
    from prodcli.tables.table import Cell, Table

EXAMPLE = "Example: prodcli scout -c rules.yaml -r Full_TRKR_CLUSTER"
Against = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="TAG",
        help="The earlier tag; default: the newest other one of the dsttype.",
        autocompletion=complete_tags,
    ),
]
Check = Annotated[bool, typer.Option("--check", help="End with exit code 1 unless the scouts say go.")]


def scout(
    context: typer.Context,
    config: options.RuleFile,
    rule: options.RuleName = None,
    against: Against = "",
    check: Check = False,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Compare the scouts of a rule with its limits and an earlier tag.

    Scouts are jobs of `submit --scout`. Failures, memory, disk and time have limits; CPU, size and events are compared with
    the earlier tag. The verdict is go, stop, or wait while scouts are open.
    """
    from prodcli.db.schema import require_current
    from prodcli.rules.load import load_rule
    from prodcli.scouts.measured import compared, require_go

    session = current(context)
    books = session.database("production", read_only=True)
    require_current(books)
    found = compared(books, load_rule(config, rule, session.site, lenient=lenient), against)
    session.show(_table(found), style)
    if check:
        require_go(found)


def _table(found: Comparison) -> Table:
    """A row for each measure; the verdict and what to do next below."""
    from prodcli.scouts.comparison import Verdict
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        *(Column("measure", style="bold"), Column("unit", level=1)),
        *(Column(key, kind=Kind.NUMBER) for key in ("scouts", "limit")),
        Column("earlier", found.earlier_tag or "earlier", Kind.NUMBER, 1, drop_empty=True),
        Column("verdict"),
    )
    scouts = found.scouts
    title = f"Scouts of {found.rule.name}: {counted(scouts.jobs, 'job')}, {scouts.finished} finished, {scouts.failed} failed"
    marks: dict[str, str] = {Verdict.GO: "green", Verdict.STOP: "bold red", Verdict.UNKNOWN: "dim"}
    rows = [_row(one) for one in found.measures]
    return Table(columns, rows, title=title, marks=marks).noted(f"verdict: {found.verdict}").hinted(_next(found))


def _row(one: Measure) -> list[Cell]:
    return [one.name, one.unit, one.scouts, one.limit, one.earlier, one.verdict]


def _next(found: Comparison) -> str:
    """What to type next."""
    from prodcli.scouts.comparison import Verdict

    words, tag = f"-c {found.rule.file} -r {found.rule.name}", found.scout_tag
    if found.verdict is Verdict.GO:
        return f"the rest -> prodcli submit {words} --after-scouts"
    if found.verdict is Verdict.STOP:
        return f"why -> prodcli diagnose --tag {tag}; once it is cured -> prodcli submit {words} --scout 10"
    if found.scouts.jobs:
        return f"the scouts -> prodcli query {tag}; end them -> prodcli abort {tag}"
    return f"scouts -> prodcli submit {words} --scout 10 --nevents 100"
