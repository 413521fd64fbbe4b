"""prodcli invalidate."""

import typer

from prodcli.cli.data_states.marking import MarkOptions, mark, mark_options
from prodcli.cli.option_groups import takes

EXAMPLE = 'Example: prodcli invalidate --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER --runs 66400-66700 --reason "bad alignment" -n'


@takes(mark_options)
def invalidate(context: typer.Context, said: MarkOptions) -> None:
    """Call data invalidated: it is made, and must not be used.

    The command shows which data gets the state, and asks. `runs invalid` is for runs of which nothing should be made.
    """
    from prodcli.data_states.states import DataState

    mark(context, DataState.INVALIDATED, said)
