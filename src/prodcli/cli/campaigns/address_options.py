"""The address of a level on the command line: argument, completion, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.campaigns.campaign_options import books_of
from prodcli.cli.complete import complete_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.hierarchy import address as levels
    from prodcli.hierarchy.chosen import ChosenStep
    from prodcli.hierarchy.tree import ProductionTree

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="PRODUCTION/TAG/RULE/GROUP/CLUSTER, from the left as far as wanted.",
        autocompletion=complete_levels,
    ),
]


@dataclass(frozen=True)
class MeantLevel:
    """The level that an address names, its production, and its steps, parents first."""

    address: levels.Address
    production: ProductionTree
    steps: Sequence[ChosenStep]


def meant_by(session: Session, text: str, read_only: bool = False) -> MeantLevel:
    """The level that an address names; raises UsageError for an unknown one, and without a production."""
    from prodcli.errors import UsageError
    from prodcli.hierarchy.address import address_of
    from prodcli.hierarchy.books import trees
    from prodcli.hierarchy.chosen import chosen

    address = address_of(text)
    if not address.production:
        raise UsageError("no production is named", where="ADDRESS", todo="prodcli campaign check shows all")
    declared = trees(books_of(session, read_only=read_only))
    steps = chosen(declared, address)
    return MeantLevel(address, declared[address.production], steps)
