"""Cursors and their moves as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prodcli.tables.table import Cell, Column, Kind, Table

if TYPE_CHECKING:
    from prodcli.cursors.positions import Cursor, CursorMove
    from prodcli.rules.model import Product


def cursor_table(found: Iterable[tuple[str, Product, Cursor | None]]) -> Table:
    """Where cursors stand: name of the rule, product, and its cursor if there is one."""
    rows: list[list[Cell]] = []
    for name, product, cursor in found:
        where: list[Cell] = [None, "none", None, None, None]
        if cursor is not None:
            where = [cursor.run, cursor.moves.value, cursor.moved, cursor.author, cursor.reason]
        rows.append([name, product.dsttype, product.tag, product.dataset, *where])
    columns = (
        Column("rule", drop_empty=True),
        Column("dsttype"),
        Column("tag", shared=True),
        Column("dataset", level=2, shared=True),
        Column("run"),
        Column("moves", level=1),
        Column("moved", kind=Kind.AGO, level=2),
        Column("author", level=3),
        Column("reason", level=2, drop_empty=True),
    )
    return Table(columns, rows, note="" if rows else "there is no cursor yet: prodcli cursor set RUN -c FILE -r RULE")


def move_table(moves: Sequence[CursorMove], dry_run: bool) -> Table:
    """Where cursors went, and which runs without outputs they left behind."""
    rows: list[list[Cell]] = [
        [
            one.rule.name,
            one.rule.product.dsttype,
            one.rule.outtriplet,
            one.before.run if one.before else None,
            one.after.run if one.after else None,
            one.after.moves.value if one.after else None,
            one.why,
            "; ".join(one.passed),
        ]
        for one in moves
    ]
    columns = (
        Column("rule"),
        Column("dsttype", level=2),
        Column("tag", level=1, shared=True),
        Column("before", "from"),
        Column("after", "to"),
        Column("moves", level=2),
        Column("why", kind=Kind.DETAIL, level=1, drop_empty=True),
        Column("passed", "passed over", level=1, drop_empty=True),
    )
    return Table(columns, rows, note="dry run: nothing was changed" if dry_run else "")
