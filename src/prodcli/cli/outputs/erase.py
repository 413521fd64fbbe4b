"""prodcli erase."""

from __future__ import annotations

import typer

from prodcli.cli import options
from prodcli.cli.context import current
from prodcli.cli.outputs import erasing
from prodcli.errors import UsageError

EXAMPLE = "Example: prodcli erase -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


def erase(
    context: typer.Context,
    config: options.RuleFile,
    rule: options.RuleName = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    keep_files: erasing.KeepFiles = False,
    logs: erasing.Logs = False,
    histograms: erasing.Histograms = False,
    downstream: erasing.Downstream = False,
    wait: erasing.Wait = erasing.WAIT,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Erase outputs: jobs, files, and rows of catalog and books.

    The command shows the outputs of the rule first, and asks. The books keep the attempts of the jobs, and who erased
    them.
    """
    from prodcli.cli.run_options import read_selection
    from prodcli.rules.load import load_rule
    from prodcli.runs.selection import parse_segments
    from prodcli.verbs import ERASE

    if not runs and not runlist:
        raise UsageError("no runs are named", where="erase", todo="--runs or --runlist")
    session = current(context)
    said = erasing.Said(keep_files, logs, histograms, downstream, wait, reason, dry_run, yes, style)
    loaded = load_rule(config, rule, session.site, lenient=lenient)
    selection = read_selection(session, runs, runlist, exclude)
    eraser = erasing.eraser_of(session, ERASE, said)
    plan = eraser.plan(erasing.wanted_of(loaded, selection, parse_segments(segments or ()), said), dry_run)
    if erasing.consent(session, plan, said):
        erasing.tell(session, plan, eraser.act(plan, erasing.author_of_erasing(said)), said)
