"""prodcli campaign check."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli.campaigns import address_options
from prodcli.cli.campaigns.campaign_options import books_of
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import takes
from prodcli.cli.tables.view import View, view
from prodcli.errors import ProdError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.hierarchy.run_states import Eligible
    from prodcli.hierarchy.step_runs import StepNode
    from prodcli.rules.model import Rule
    from prodcli.tables.table import Table

CHECK_EXAMPLE = "Example: prodcli campaign check run3oo_calo_pro001_pcdb001_v001"


class By(StrEnum):
    """What the lines are."""

    LEVEL = "level"
    RUN = "run"


ByWhat = Annotated[By, typer.Option("--by", help="Lines of levels, or of the runs that are not done.")]


@takes(view)
def check(context: typer.Context, how: View, address: address_options.Address = "", by: ByWhat = By.LEVEL) -> None:
    """Show how far a production, campaign, step or group is.

    Runs count by their state in each step. A run that lacks jobs since a step before failed is `upstream`, one whose
    steps before are not done `waits`; `missing` is what no step before keeps. Of a group the workflows stand below.
    """
    from prodcli.hierarchy.address import address_of
    from prodcli.hierarchy.books import trees
    from prodcli.hierarchy.level_tables import level_table, run_table
    from prodcli.hierarchy.status import level_status
    from prodcli.provenance.keep import folder_of

    session, asked = current(context), address_of(address)
    books = books_of(session, "production_read", read_only=True)
    every, payloads = how.all or how.is_data, str(folder_of(session.config.campaigns))

    def made() -> Table:
        found = level_status(books, trees(books), asked, lambda nodes: _eligible(session, nodes))
        return run_table(found, every) if by is By.RUN else level_table(found, every, payloads, how.is_data)

    session.show_live(made, how)


def _eligible(session: Session, nodes: Sequence[StepNode]) -> Eligible:
    """The runs that pass the cuts of the steps' rules; a warning and none where catalogs or rules cannot be read."""
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.hierarchy.rules_of_steps import eligible_runs

    books = session.database("production_read", read_only=True)
    try:
        rules = _rules(session, nodes)
        catalogs = Catalogs(*map(session.catalog, ("daq", "raw", "filecatalog")))
        return eligible_runs(nodes, rules, catalogs, books)
    except ProdError as failure:
        session.warn(f"runs without any job are not known: {failure}")
        return {}


def _rules(session: Session, nodes: Sequence[StepNode]) -> dict[tuple[str, str], Rule]:
    """The rules of the steps by production and name; a warning for those that cannot be read."""
    from prodcli.hierarchy.rules_of_steps import rules_of

    found: dict[tuple[str, str], Rule] = {}
    for production in dict.fromkeys(node.production for node in nodes):
        steps = [node.step for node in nodes if node.production == production and node.step]
        try:
            found |= {(production, name): rule for name, rule in rules_of(steps, session.rule_site).items()}
        except ProdError as failure:
            session.warn(f"{production}: runs without any job are not known: {failure}")
    return found
