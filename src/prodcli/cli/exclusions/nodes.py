"""prodcli nodes, and its exclude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.exclusions import nodes_exclude
from prodcli.cli.hints import hint
from prodcli.tables.table import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.nodes.statistics import NodeLine
    from prodcli.tables.table import Cell, Table

app = typer.Typer(invoke_without_command=True)
app.add_typer(nodes_exclude.app, name="exclude")
_WORST = 20  # nodes that are shown unless all are
_BLACK_HOLE = "black hole"
_COLUMNS = (
    Column("node"),
    Column("jobs", kind=Kind.COUNT),
    Column("failed", kind=Kind.COUNT, style="red"),
    Column("held", kind=Kind.COUNT, style="magenta", drop_empty=True),
    *(Column(key, kind=Kind.COUNT, level=2, drop_empty=True) for key in ("start_holds", "memory", "other")),
    *(Column(key, kind=Kind.COUNT, level=1, drop_empty=True) for key in ("evicted", "quick")),
    Column("bad_percent", "bad %", Kind.NUMBER, 1),
    Column("others_percent", "others %", Kind.NUMBER, 1),
    Column("chance", kind=Kind.NUMBER, level=2),
    Column("median_s", "median", Kind.DURATION, 2),
    Column("verdict", drop_empty=True),
    Column("evidence", kind=Kind.DETAIL, drop_empty=True),
    Column("exclude_with", kind=Kind.COMMAND, drop_empty=True),
)
Since = Annotated[
    str, typer.Option("--since", help="Only jobs that ended or were held since 2026-01-31, or 36h, 7d ago.")
]
All = Annotated[bool, typer.Option("--all", help="Show every node, not only the worst.")]


@app.callback(epilog="Example: prodcli nodes --since 7d")
def nodes(
    context: typer.Context,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    config: options.OfFile = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    since: Since = "24h",
    every: All = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Find nodes that fail too many jobs, and exclude nodes.

    Black holes stand first: nodes that fail job after job in short time. `nodes exclude` keeps jobs away from nodes.
    """
    if context.invoked_subcommand:
        return
    from prodcli.books.filters import Filters
    from prodcli.cli.reports.query import of_file, runs_of
    from prodcli.cli.times import since_of
    from prodcli.nodes.excluded import bad_nodes
    from prodcli.nodes.outcomes import node_table

    session = current(context)
    database = session.database("production_read", read_only=True)
    filters = Filters(tag, dsttype, rule, runs_of(session, runs, exclude), since_of(since))
    if config is not None:
        filters = of_file(session, filters, config)
    lines = node_table(database, filters)
    hint(session, filters, bool(lines))
    shown = lines if every else [one for one in lines if one.trouble or one.held or one.evicted][:_WORST]
    excluded = {one.node for one in bad_nodes(database)}
    domain = _common_domain([one.node for one in shown]) if style is options.Style.TABLE else ""
    session.show(_table(shown, excluded, _summary(lines, len(shown)), domain), style)


def _table(lines: Sequence[NodeLine], excluded: set[str], note: str, domain: str) -> Table:
    """A row for each node, whose name is without the domain; below black holes the evidence and what to type."""
    from prodcli.tables.table import Table

    rows: list[list[Cell]] = []
    for one in lines:
        verdict = _verdict(one, excluded)
        holds = (one.held, one.start_holds, one.memory_holds, one.other_holds)
        shares = (_percent(one.rate), _percent(one.elsewhere), one.chance, one.median)
        words = (verdict, one.evidence, _command(one) if verdict == _BLACK_HOLE else "")
        rows.append(
            [one.node.removesuffix(domain), one.jobs, one.failed, *holds, one.evicted, one.quick, *shares, *words]
        )
    marks = {_BLACK_HOLE: "bold red", "excluded": "dim"}
    return Table(_COLUMNS, rows, title=f"nodes of {domain[1:]}" if domain else "", marks=marks, note=note)


def _common_domain(nodes: Sequence[str]) -> str:
    """The domain that all nodes share, with its dot; empty if there is none, or only one node."""
    domains = {node[len(node.partition(".")[0]) :] for node in nodes}
    return domains.pop() if len(domains) == 1 and len(nodes) > 1 else ""


def _verdict(one: NodeLine, excluded: set[str]) -> str:
    from prodcli.batch.node_list import means

    if any(means(name, one.node) for name in excluded):
        return "excluded"
    return _BLACK_HOLE if one.black_hole else ""


def _command(one: NodeLine) -> str:
    return f'prodcli nodes exclude add {one.node} --until 3d --reason "{one.evidence}"'


def _summary(lines: Sequence[NodeLine], shown: int) -> str:
    judged, trouble = sum(one.judged for one in lines), sum(one.trouble for one in lines)
    if not lines:
        return "no job left a node in this time, as the books have it"
    share = f"{trouble} of {judged} jobs ({_percent(trouble / judged)} %)" if judged else "no jobs"
    rest = "" if shown == len(lines) else f", {shown} are shown (--all: every one)"
    return f"{len(lines)} nodes{rest}; {share} had trouble that a node may be to blame for"


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
