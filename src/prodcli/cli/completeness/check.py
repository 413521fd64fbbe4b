"""prodcli check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.completeness.reports import Report
from prodcli.cli.context import Session, current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.completeness.file_checks import FileChecks
    from prodcli.exclusions.noted import Exclusions
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

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

Config = Annotated[Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file.")]
Certify = Annotated[
    Path | None,
    typer.Option("--certify", metavar="FILE", help="Write a manifest of all files, if the production is complete."),
]
Against = Annotated[
    Path | None, typer.Option("--against", metavar="FILE", help="Compare the files of a manifest; needs no database.")
]
Fixes = Annotated[bool, typer.Option("--fix", help="Propose verbs that help, and run them after a question.")]
NoDisk = Annotated[bool, typer.Option("--no-disk", help="Do not look at the files on disk.")]
Deep = Annotated[bool, typer.Option("--deep", help="Also compute checksums of the files, and compare them.")]


def check(
    context: typer.Context,
    config: Config = None,
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
    from prodcli.cli.completeness import certificates, check_report, fixing
    from prodcli.cli.run_options import read_selection
    from prodcli.completeness.check import Check
    from prodcli.completeness.result import collected
    from prodcli.rules.load import load_rule
    from prodcli.runs.selection import parse_segments

    session = current(context)
    if against is not None:
        certificates.compare(session, against, deep, style)
        return
    if config is None:
        raise UsageError("no rule file is named", where="check", todo="-c rules.yaml")
    loaded, chosen = load_rule(config, rule, session.site, lenient=lenient), parse_segments(segments or ())
    this = Check(
        rule=loaded,
        catalogs=_catalogs(session),
        runs=read_selection(session, runs, runlist, exclude),
        segments=chosen,
        exclusions=_exclusions(session, mask),
        ratio=ratio,
        files=_files(session, loaded, chosen, not no_disk, deep),
        progress=session.progress,
    )
    if certify is not None:
        certificates.certify(session, this, certify)
        return
    result = collected(this.rule, this.parts())
    if output is not None:
        check_report.write_lines(result, output)
    fixes = fixing.proposed(result, config) if fix else []
    check_report.show(session, result, report, example_limit, style, fixes)
    if fix and not result.complete:
        fixing.fix(context, result, fixes, fixing.Answers(dry_run, yes, style))
    else:
        check_report.require_complete(result)


def _catalogs(session: Session) -> Catalogs:
    from prodcli.catalogs.catalogs import Catalogs

    return Catalogs(*(session.database(role, read_only=True) for role in ("daq", "raw", "filecatalog")))


def _exclusions(session: Session, names: list[str] | None) -> Exclusions:
    """The notes of the books, and the mask of this command."""
    from prodcli.exclusions.masks import Mask, masked_hosts
    from prodcli.exclusions.noted import active

    noted = active(session.database("production_read", read_only=True))
    own = (Mask(masked_hosts(session.site, names, "--mask")),) if names else ()
    return replace(noted, masks=own + noted.masks)


def _files(session: Session, rule: Rule, segments: RunSelection | None, disk: bool, deep: bool) -> FileChecks:
    """What compares catalog, disk and books; stderr tells what cannot be looked at from here."""
    from prodcli.completeness.file_checks import FileChecks
    from prodcli.db.schema import readable

    books = session.database("production_read", read_only=True)
    current_books = readable(books)
    if not current_books:
        session.warn(f"{books.where}: the books are not looked at; run prodcli db upgrade")
    files = FileChecks(
        rule=rule,
        books=books if current_books else None,
        segments=segments,
        disk=disk,
        deep=deep,
        progress=session.progress,
    )
    missing = files.unseen_roots() if disk else []
    if missing:
        session.say(f"the files are not looked at: there is no {missing[0]} on this host")
    return replace(files, disk=disk and not missing)
