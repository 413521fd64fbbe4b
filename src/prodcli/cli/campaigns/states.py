"""prodcli campaign validate|invalidate."""

from __future__ import annotations

import typer

from prodcli.cli.campaigns.address_options import Address, meant_by
from prodcli.cli.context import current
from prodcli.cli.data_states.giving import HowToGive, StateGiving, how_to_give
from prodcli.cli.option_groups import takes
from prodcli.data_states.states import DataState

VALIDATE_EXAMPLE = 'Example: prodcli campaign validate run3oo_calo_pro001_pcdb001_v001 --reason "QA is good" -n'
INVALIDATE_EXAMPLE = 'Example: prodcli campaign invalidate run3oo_calo_pro001_pcdb001_v001 --reason "bad alignment" -n'


@takes(how_to_give, without={"downstream"})
def validate(context: typer.Context, how: HowToGive, address: Address) -> None:
    """Call data of a level validated.

    Somebody looked at it, and found it good. The command shows which data gets the state, and asks. Of a cluster, data of the runs of its jobs is meant.
    """
    _give(context, DataState.VALIDATED, how, address)


@takes(how_to_give)
def invalidate(context: typer.Context, how: HowToGive, address: Address) -> None:
    """Call data of a level invalidated.

    It is made, and must not be used. The command shows which data gets the state, says what was made from that data, and asks.
    """
    _give(context, DataState.INVALIDATED, how, address)


def _give(context: typer.Context, state: DataState, how: HowToGive, text: str) -> None:
    from prodcli.cli.campaigns.campaign_options import books_of
    from prodcli.level_actions.level_data import data_of

    session = current(context)
    level = meant_by(session, text, read_only=how.dry_run)
    wanted = data_of(books_of(session, read_only=how.dry_run), session.site, level.steps)
    StateGiving(session, f"campaign {context.info_name}", state, how, str(level.address)).give(wanted)
