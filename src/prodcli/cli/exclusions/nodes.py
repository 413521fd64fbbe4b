"""prodcli nodes, and its exclude."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.exclusions import nodes_exclude
from prodcli.cli.hints import hint
from prodcli.cli.option_groups import takes
from prodcli.cli.reports.filter_options import FilterOptions, filter_options

app = typer.Typer(invoke_without_command=True)
app.add_typer(nodes_exclude.app, name="exclude")
Since = Annotated[
    str, typer.Option("--since", help="Only jobs that ended or were held since 2026-01-31, or 36h, 7d ago.")
]
All = Annotated[bool, typer.Option("--all", help="Show every node, not only the worst.")]


@app.callback(epilog="Example: prodcli nodes --since 7d")
@takes(filter_options, {"since"}, first=True)
def nodes(
    context: typer.Context,
    chosen: FilterOptions,
    since: Since = "24h",
    every: All = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Find nodes that fail too many jobs, and exclude nodes.

    Black holes stand first: nodes that fail job after job in short time. `nodes exclude` keeps jobs away from nodes.
    """
    if context.invoked_subcommand:
        return
    from prodcli.nodes.excluded import bad_nodes
    from prodcli.nodes.node_lines_table import common_domain, nodes_table, summary, worst
    from prodcli.nodes.outcomes import node_table

    session = current(context)
    database = session.database("production_read", read_only=True)
    filters = replace(chosen, since=since).filters(session)
    lines = node_table(database, filters)
    hint(session, filters, bool(lines))
    shown = lines if every else worst(lines)
    excluded = {one.node for one in bad_nodes(database)}
    domain = common_domain([one.node for one in shown]) if style is options.Style.TABLE else ""
    session.show(nodes_table(shown, excluded, summary(lines, len(shown)), domain), style)
