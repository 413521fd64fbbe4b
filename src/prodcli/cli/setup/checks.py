"""The table of checks of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.cli.options import Style
    from prodcli.health.checked import Check


def show_checks(session: Session, style: Style, before: Sequence[Check] = ()) -> None:
    """Check the configuration, and show the result below earlier ones; raises ProdError if something is wrong."""
    from prodcli.health.config_check import check_all

    show_found(session, [*before, *check_all(session.config, lambda: session.batch)], style)


def show_found(session: Session, found: Sequence[Check], style: Style, note: str = "") -> None:
    """Show checks; raises ProdError, with the exit code of the first problem, if something is wrong."""
    from prodcli.errors import ProdError
    from prodcli.tables.table import Column, Kind, Table

    columns = (
        Column("what"),
        Column("is", style="bold"),
        Column("detail", kind=Kind.DETAIL),
        Column("todo", "what to do", kind=Kind.COMMAND, drop_empty=True),
    )
    rows = [[one.what, one.word, one.problem or one.detail, one.todo] for one in found]
    session.show(Table(columns, rows, note=note), style)
    worst = [one for one in found if one.problem]
    if worst:
        error = ProdError(f"{len(worst)} of {len(found)} checks failed", todo="see the table")
        error.exit_code = worst[0].exit_code
        raise error
