"""prodcli erase."""

from __future__ import annotations

import typer

from prodcli.cli import options
from prodcli.cli.outputs import erasing
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments

EXAMPLE = "Example: prodcli erase -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


@chooses_segments
def erase(
    context: typer.Context,
    chosen: RuleChoice,
    keep_files: erasing.KeepFiles = False,
    logs: erasing.Logs = False,
    histograms: erasing.Histograms = False,
    downstream: erasing.Downstream = False,
    wait: erasing.Wait = erasing.WAIT,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Erase outputs: jobs, files, and rows of catalog and books.

    The command shows the outputs of the rule first, and asks. The books keep the attempts of the jobs, and who erased
    them.
    """
    from prodcli.verbs import ERASE

    chosen.require_runs("erase")
    session = chosen.session
    said = erasing.Said(keep_files, logs, histograms, downstream, wait, reason, dry_run, yes, style)
    eraser = erasing.eraser_of(session, ERASE, said)
    plan = eraser.plan(erasing.wanted_of(chosen.rule, chosen.selection, chosen.segments, said), dry_run)
    if erasing.consent(session, plan, said):
        erasing.tell(session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)
