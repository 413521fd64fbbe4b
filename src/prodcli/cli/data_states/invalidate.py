"""prodcli invalidate."""

import typer

from prodcli.cli import notes, options
from prodcli.cli.data_states import marking

EXAMPLE = 'Example: prodcli invalidate --tag ana537_2025p010_v001 --dsttype DST_TRKR_CLUSTER --runs 66400-66700 --reason "bad alignment" -n'


def invalidate(
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
    """Call data invalidated: it is made, and must not be used.

    The command shows which data gets the state, and asks. `runs invalid` is for runs of which nothing should be made.
    """
    from prodcli.data_states.states import DataState

    meant = marking.MeantData(config, rule, tag, dsttype, dataset, runs, runlist, exclude)
    marking.mark(context, DataState.INVALIDATED, meant, marking.MarkOptions(reason, author, dry_run, yes, style))
