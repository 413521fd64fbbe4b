"""The options of verbs about campaigns, and the books that these verbs read and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli.complete import complete_production_types, complete_tags

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.db import Database

Tag = Annotated[str, typer.Argument(metavar="TAG", help="Tag of the campaign.", autocompletion=complete_tags)]
Tags = Annotated[
    list[str], typer.Argument(metavar="TAG...", help="Tags of the campaigns.", autocompletion=complete_tags)
]
Type = Annotated[
    str,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Production type, where the tag has several: tracking, calo, or all.",
        autocompletion=complete_production_types,
    ),
]
PRIORITY: Any = typer.Option(
    "--priority",
    min=-1_000_000,
    max=1_000_000,
    help="Place among the campaigns: the lower the earlier. (Of jobs in HTCondor the larger comes first.)",
)


def books_of(session: Session, role: str = "production", read_only: bool = False) -> Database:
    """The books; raises DatabaseError where a migration is due."""
    from prodcli.db.schema import require_current

    books = session.database(role, read_only=read_only)
    require_current(books)
    return books
