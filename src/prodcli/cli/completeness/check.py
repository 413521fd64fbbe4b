"""prodcli check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodcli.cli import options
from prodcli.cli.completeness.reports import Report
from prodcli.cli.context import current

EXAMPLE = "Example: prodcli check -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000"

Ratio = Annotated[
    float,
    typer.Option(
        "--ratio", "--ratio-cut", min=0, max=1, help="Flag outputs with a smaller part of the input's events."
    ),
]
Examples = Annotated[int, typer.Option("--example-limit", min=0, help="Most runs, and units of a reason, to show.")]
Lines = Annotated[Report, typer.Option("--report", help="Print these lines instead of the summary.")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Also write the flagged units here.")]

Certify = Annotated[
    Path | None,
    typer.Option("--certify", metavar="FILE", help="Write a manifest of all files, if the production is complete."),
]
Against = Annotated[
    Path | None, typer.Option("--against", metavar="FILE", help="Compare the files of a manifest; needs no database.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Check the raw catalog against the disk; needs no rule.")]
Fixes = Annotated[bool, typer.Option("--fix", help="Propose verbs that help, and run them after a question.")]
NoDisk = Annotated[bool, typer.Option("--no-disk", help="Do not look at the files on disk.")]
Deep = Annotated[bool, typer.Option("--deep", help="Also compute checksums of the files, and compare them.")]


def check(
    context: typer.Context,
    config: options.AnyRuleFile = None,
    rule: options.RuleName = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    mask: options.Mask = None,
    ratio: Ratio = 0.95,
    report: Lines = Report.NONE,
    output: Output = None,
    no_disk: NoDisk = False,
    deep: Deep = False,
    raw: Raw = False,
    certify: Certify = None,
    against: Against = None,
    fix: Fixes = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    example_limit: Examples = 5,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Check that a production is complete: outputs and events.

    A unit is a run and segment with all its inputs, for combining a run and host. Exit code 1: something is flagged.
    """
    from prodcli.cli.completeness import certificates, check_report, check_resources, fixing, raw_report
    from prodcli.cli.run_options import read_selection
    from prodcli.completeness.result import collected

    session, looks = current(context), check_resources.Looks(mask, ratio, not no_disk, deep)
    if against is not None:
        certificates.compare(session, against, deep, style)
        return
    if raw:
        raw_report.check(session, read_selection(session, runs, runlist, exclude), looks, example_limit, style)
        return
    loaded = check_resources.rule_of(session, config, rule, lenient)
    selection = read_selection(session, runs, runlist, exclude, loaded)
    this = check_resources.check_of(session, loaded, selection, segments, looks)
    if certify is not None:
        certificates.certify(session, this, certify)
        return
    result = collected(this.rule, this.parts())
    if output is not None:
        check_report.write_lines(result, output)
    fixes = fixing.proposed(session, this, result) if fix else []
    check_report.show(session, result, report, example_limit, style, fixes)
    if fix and (fixes or not result.complete):
        fixing.fix(context, result, fixes, fixing.Answers(dry_run, yes, style))
    else:
        check_report.require_complete(result)
