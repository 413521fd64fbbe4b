"""prodcli nodes, and its exclude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.exclusions import nodes_exclude
from prodcli.cli.hints import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.nodes.statistics import NodeLine
    from prodcli.tables.table import Cell, Table

app = typer.Typer(invoke_without_command=True)
app.add_typer(nodes_exclude.app, name="exclude")
_WORST = 20  # nodes that are shown unless all are
Since = Annotated[
    str, typer.Option("--since", help="Only jobs that ended or were held since 2026-01-31, or 36h, 7d ago.")
]
All = Annotated[bool, typer.Option("--all", help="Show every node, not only the worst.")]


@app.callback(epilog="Example: prodcli nodes --since 7d")
def nodes(
    context: typer.Context,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
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
    from prodcli.cli.reports.query import runs_of
    from prodcli.cli.times import since_of
    from prodcli.nodes.excluded import bad_nodes
    from prodcli.nodes.outcomes import node_table

    session = current(context)
    database = session.database("production_read", read_only=True)
    filters = Filters(tag, dsttype, rule, runs_of(session, runs, exclude), since_of(since))
    lines = node_table(database, filters)
    hint(session, filters, bool(lines))
    shown = lines if every else [one for one in lines if one.trouble or one.held or one.evicted][:_WORST]
    excluded = {one.node for one in bad_nodes(database)}
    if style is options.Style.TABLE:
        session.show(_table(shown, excluded, _summary(lines, len(shown))))
    else:
        session.show(_data(shown, excluded), style)


def _data(lines: Sequence[NodeLine], excluded: set[str]) -> Table:
    """All columns, as numbers."""
    from prodcli.tables.table import Table

    columns = (
        *("node", "jobs", "failed", "held", "start holds", "memory", "other", "evicted", "quick", "bad %", "others %"),
        *("chance", "median s", "verdict", "evidence", "exclude with"),
    )
    rows: list[list[Cell]] = []
    for one in lines:
        holds = (one.held, one.start_holds, one.memory_holds, one.other_holds)
        shares = (_percent(one.rate), _percent(one.elsewhere), one.chance, one.median)
        words = (_verdict(one, excluded), one.evidence, _command(one) if one.black_hole else "")
        rows.append([one.node, one.jobs, one.failed, *holds, one.evicted, one.quick, *shares, *words])
    return Table(columns, rows)


def _table(lines: Sequence[NodeLine], excluded: set[str], note: str) -> Table:
    """The table for people: fewer columns, and the evidence against black holes in words."""
    from prodcli.tables.table import Table

    columns = (
        "node",
        "jobs",
        "failed",
        "held",
        "evicted",
        "quick",
        "bad %",
        "others %",
        "chance",
        "median s",
        "verdict",
    )
    domain = _common_domain([one.node for one in lines])
    rows: list[list[Cell]] = []
    for one in lines:
        chance = "" if one.chance is None else f"{one.chance:.1g}"
        shares = (_percent(one.rate), _percent(one.elsewhere), chance, one.median, _verdict(one, excluded))
        name = one.node.removesuffix(domain)
        rows.append([name, one.jobs, one.failed, _holds(one), one.evicted, one.quick, *shares])
    accused = [_accuse(one) for one in lines if _verdict(one, excluded) == "black hole"]
    marks = {"black hole": "bold red", "excluded": "dim"}
    return Table(
        columns, rows, title=f"nodes of {domain[1:]}" if domain else "", styles={"failed": "red", "held": "magenta"},
        marks=marks, narrow=frozenset({"held", "evicted", "quick", "verdict"}), note="\n".join([note, *accused]),
    )  # fmt: skip


def _common_domain(nodes: Sequence[str]) -> str:
    """The domain that all nodes share, with its dot; empty if there is none, or only one node."""
    domains = {node[len(node.partition(".")[0]) :] for node in nodes}
    return domains.pop() if len(domains) == 1 and len(nodes) > 1 else ""


def _holds(one: NodeLine) -> str:
    kinds = ((one.start_holds, "6/x"), (one.memory_holds, "memory"), (one.other_holds, "other"))
    return ", ".join(f"{count} {kind}" for count, kind in kinds if count)


def _verdict(one: NodeLine, excluded: set[str]) -> str:
    from prodcli.batch.node_list import means

    if any(means(name, one.node) for name in excluded):
        return "excluded"
    return "black hole" if one.black_hole else ""


def _accuse(one: NodeLine) -> str:
    return f"{one.node}: {one.evidence}\n    {_command(one)}"


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
