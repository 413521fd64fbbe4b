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
    from prodcli.errors import ProdError
    from prodcli.health.config_check import check_all
    from prodcli.tables.table import Column, Kind, Table

    found = [*before, *check_all(session.config, lambda: session.batch)]
    columns = (
        Column("what"),
        Column("is", style="bold"),
        Column("detail", kind=Kind.DETAIL),
        Column("todo", "what to do", kind=Kind.COMMAND, drop_empty=True),
    )
    session.show(Table(columns, [[one.what, one.word, one.problem or one.detail, one.todo] for one in found]), style)
    worst = [one for one in found if one.problem]
    if worst:
        error = ProdError(f"{len(worst)} of {len(found)} checks failed", todo="see the table")
        error.exit_code = worst[0].exit_code
        raise error
