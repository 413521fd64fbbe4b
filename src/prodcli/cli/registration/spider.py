"""prodcli spider dst|hist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.notes import note_action
from prodcli.cli.option_groups import Verb, takes
from prodcli.cli.rules.rule_options import RuleChoice, chooses_runs
from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.registration.spider import Catch, Part
    from prodcli.tables.table import Cell, Table

app = typer.Typer(help="Register staged files, and give them their final names.", no_args_is_help=True)
Listing = Annotated[bool, typer.Option("--verbose", "-v", help="List every file, with what became of it.")]
PartOf = Annotated[
    str, typer.Option("--part", metavar="K/N", help="Take one of N parts of the folders, for N spiders side by side.")
]


@dataclass(frozen=True)
class SpiderOptions:
    """The options of a spider."""

    part: Part
    dry_run: bool
    verbose: bool
    style: options.Style


def _spider_options(
    context: typer.Context,
    part: PartOf = "1/1",
    dry_run: options.DryRun = False,
    verbose: Listing = False,
    style: options.Format = options.Style.TABLE,
) -> SpiderOptions:
    return SpiderOptions(_part(part), dry_run, verbose, style)


def _looks_for_files(function: Verb) -> Verb:
    return chooses_runs(takes(_spider_options)(function))


@app.command("dst", epilog="Example: prodcli spider dst -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000")
@_looks_for_files
def dst(context: typer.Context, how: SpiderOptions, chosen: RuleChoice) -> None:
    """Register staged outputs below outdir and finaldir.

    Staged files have names like BASE.root:nevents:...:dbid:... They get rows in the file catalog, then the name BASE.root.
    """
    _spider(chosen, "DST", how)


@app.command("hist", epilog="Example: prodcli spider hist -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000")
@_looks_for_files
def hist(context: typer.Context, how: SpiderOptions, chosen: RuleChoice) -> None:
    """Register staged histograms and calibrations below histdir.

    Staged files have names like HIST_X.root:nevents:... or CALIB_X.root:nevents:... They get rows in the file catalog,
    then the names HIST_X.root and CALIB_X.root.
    """
    _spider(chosen, "HIST", how)


def _spider(chosen: RuleChoice, kind: str, how: SpiderOptions) -> None:
    from prodcli.db.schema import require_current
    from prodcli.errors import PartlyDone
    from prodcli.registration.spider import Spider, SpiderKind
    from prodcli.rules.layout import Layout

    session, rule, selection = chosen.session, chosen.rule, chosen.selection
    if not how.dry_run:
        session.keep_log()
    books = session.database("production", read_only=how.dry_run)
    require_current(books)
    spider = Spider(
        layout=Layout(rule),
        kind=SpiderKind[kind],
        selection=selection,
        filecatalog=session.database("filecatalog", read_only=how.dry_run),
        books=books,
        part=how.part,
        dry_run=how.dry_run,
        progress=session.progress,
    )
    catch = spider.run(listing=how.verbose)
    if not how.dry_run and catch.new + catch.refreshed:
        result = f"{counted(catch.new, 'file')} registered, {catch.refreshed} refreshed"
        note_action(session, f"spider {kind.lower()}", result, rule=rule.name, tag=rule.outtriplet)
    session.summarize_table(_files(catch) if how.verbose else _counts(rule.name, catch, how.dry_run), how.style)
    if catch.failed.count:
        raise PartlyDone(f"{catch.failed.count} files or folders failed", where=catch.failed.first[0], todo="run again")


def _part(text: str) -> Part:
    """The part of the folders; raises UsageError unless it is like 1/4."""
    from prodcli.errors import UsageError
    from prodcli.registration.spider import Part

    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"{text!r:.40} is no part", where="--part", todo="like --part 1/4 ... --part 4/4")
    return Part(int(found[1]), int(found[2]))


def _counts(rule: str, catch: Catch, dry_run: bool) -> Table:
    from prodcli.tables.table import Column, Kind, Table

    odd = ("quarantined", "superseded", "left_out")
    columns = (
        Column("rule"),
        *(Column(key, kind=Kind.COUNT) for key in ("found", "new", "refreshed", "known")),
        *(Column(key, kind=Kind.COUNT, style="yellow", drop_empty=True) for key in odd),
        Column("failed", kind=Kind.COUNT, style="red", drop_empty=True),
        Column("bytes", "size", Kind.BYTES, level=1),
    )
    others = (catch.quarantined.count, catch.superseded.count, catch.left_out.count, catch.failed.count)
    row: list[Cell] = [rule, catch.found, catch.new, catch.refreshed, catch.same, *others, catch.size]
    rate = f"{catch.seconds:.1f} s, {catch.found / max(catch.seconds, 0.001):.0f} files a second"
    return Table(columns, [row], note="a dry run: nothing was registered" if dry_run else rate)


def _files(catch: Catch) -> Table:
    from prodcli.tables.table import Column, Kind, Table

    columns = (Column("filename"), Column("path", kind=Kind.PATH), Column("state"), Column("reason", drop_empty=True))
    return Table(columns, catch.listing or [], note=f"{catch.new} new of {catch.found}")
