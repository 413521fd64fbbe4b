"""prodcli validate."""

import typer

from prodcli.cli import notes, options
from prodcli.cli.data_states import marking

EXAMPLE = 'Example: prodcli validate --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER --runs 66400-66700 --reason "QA is good" -n'


def validate(
    context: typer.Context,
    reason: notes.Reason,
    config: marking.Config = None,
    rule: marking.Rule = None,
    tag: marking.Tag = None,
    dsttype: marking.Dsttype = None,
    dataset: marking.Dataset = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    author: notes.Author = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Call data validated: somebody looked at it, and found it good.

    The command shows which data gets the state, and asks. A rule may take only validated inputs.
    """
    from prodcli.data_states.states import DataState

    meant = marking.MeantData(config, rule, tag, dsttype, dataset, runs, runlist, exclude)
    marking.mark(context, DataState.VALIDATED, meant, marking.MarkOptions(reason, author, dry_run, yes, style))
