"""prodcli validate."""

import typer

from prodcli.cli.data_states.marking import MarkOptions, mark, marks_data

EXAMPLE = 'Example: prodcli validate --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER --runs 66400-66700 --reason "QA is good" -n'


@marks_data
def validate(context: typer.Context, how: MarkOptions) -> None:
    """Call data validated: somebody looked at it, and found it good.

    The command shows which data gets the state, and asks. A rule may take only validated inputs.
    """
    from prodcli.data_states.states import DataState

    mark(context, DataState.VALIDATED, how)
