"""The address of a level on the command line: argument, completion, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.campaigns.campaign_options import books_of
from prodcli.cli.complete import complete_levels

if TYPE_CHECKING:
    from prodcli.cli.context import Session
    from prodcli.hierarchy import address as levels
    from prodcli.hierarchy.chosen import ChosenStep

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="PRODUCTION/TAG/RULE/GROUP/CLUSTER, from the left as far as wanted.",
        autocompletion=complete_levels,
    ),
]


def meant_by(session: Session, text: str, read_only: bool = False) -> tuple[levels.Address, list[ChosenStep]]:
    """The level that an address names, and its steps, parents first; raises UsageError for an unknown one."""
    from prodcli.hierarchy.address import address_of
    from prodcli.hierarchy.books import trees
    from prodcli.hierarchy.chosen import chosen

    address = address_of(text)
    return address, chosen(trees(books_of(session, read_only=read_only)), address)
