"""prodcli validate."""

import typer

from prodcli.cli.data_states.marking import MarkOptions, mark, mark_options
from prodcli.cli.option_groups import takes

EXAMPLE = 'Example: prodcli validate --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER --runs 66400-66700 --reason "QA is good" -n'


@takes(mark_options, without={"downstream"})
def validate(context: typer.Context, said: MarkOptions) -> None:
    """Call data validated: somebody looked at it, and found it good.

    The command shows which data gets the state, and asks. A rule may take only validated inputs.
    """
    from prodcli.data_states.states import DataState

    mark(context, DataState.VALIDATED, said)
