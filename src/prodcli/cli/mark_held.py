"""prodcli mark-held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prodcli.cli import choosing, plan_table
from prodcli.cli.choosing import Choice, chooses_reports
from prodcli.cli.context import current
from prodcli.cli.times import said

if TYPE_CHECKING:
    from prodcli.classify import HoldClass
    from prodcli.cli.output import Cell, Table

EXAMPLE = "Example: prodcli mark-held --tag ana537_2025p010_v001"
_COLUMNS = ("jobs", "code", "meaning", "reason", "asked MB", "used MB", "nodes", "since", "what helps", "example")
_NODES = 2  # nodes that a line names


@chooses_reports
def mark_held(context: typer.Context, chosen: Choice) -> None:
    """Bring the books up to date, and show why jobs are held, what they had, and what helps.

    Reasons that differ only in numbers, hosts and paths are one line.
    """
    from prodcli.classify import hold_classes

    session = current(context)
    jobs = choosing.held(choosing.find(session, chosen), user_holds=True).jobs[: chosen.limit]
    classes = hold_classes(job for job, _ in jobs)
    session.show(_table(classes, chosen.dry_run), chosen.style)


def _table(classes: list[HoldClass], dry_run: bool) -> Table:
    from prodcli.cli.output import Table

    rows: list[list[Cell]] = [
        [
            *(
                len(one.dbids),
                one.code,
                one.meaning,
                one.signature,
                plan_table.span(one.asked),
                plan_table.span(one.used),
            ),
            *(_nodes(one), said(one.oldest), one.helps, one.example),
        ]
        for one in classes
    ]
    notes = [] if rows else ["no job is held"]
    notes += ["dry run: the books as they are"] if dry_run else []
    return Table(_COLUMNS, rows, note="\n".join(notes), narrow=frozenset({"used MB", "nodes"}))


def _nodes(one: HoldClass) -> str:
    known = [(node, count) for node, count in one.nodes.most_common() if node]
    more = f", {len(known) - _NODES} more" if len(known) > _NODES else ""
    return ", ".join(f"{node} {count}" for node, count in known[:_NODES]) + more
