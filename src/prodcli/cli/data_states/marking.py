"""Parts that `validate`, `invalidate` and `data` share: which data is meant, the preview, and the question."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.complete import complete_dsttypes, complete_rules, complete_tags
from prodcli.cli.context import Session, current
from prodcli.cli.notes import note_action
from prodcli.cli.option_groups import Verb, takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prodcli.catalogs.file_search import FileFilter
    from prodcli.data_states.marking import MarkPlan
    from prodcli.data_states.states import DataState
    from prodcli.tables.table import Cell, Table

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="Rule file; the rule says tag, dsttype and dataset."),
]
Rule = Annotated[
    str | None,
    typer.Option("--rule", "-r", metavar="NAME", help="Data of this rule.", autocompletion=complete_rules),
]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAGS...", help="Data of these tags.", autocompletion=complete_tags),
]
Dsttype = Annotated[
    str | None,
    typer.Option("--dsttype", help="Data of this dsttype, with or without its host.", autocompletion=complete_dsttypes),
]
Dataset = Annotated[str | None, typer.Option("--dataset", help="Data of this dataset, like run3auau; default: any.")]


@dataclass(frozen=True)
class MeantData:
    """The options that say which data is meant."""

    config: Path | None
    rule: str | None
    tags: list[str]
    dsttype: str | None
    dataset: str | None
    runs: list[str] | None
    runlist: Path | None
    exclude: list[str] | None


@dataclass(frozen=True)
class MarkOptions:
    """The options of a verb that gives data a state: which data, and how."""

    data: MeantData
    reason: str
    author: str
    dry_run: bool
    yes: bool
    style: options.Style


def _mark_options(
    context: typer.Context,
    reason: notes.Reason,
    config: Config = None,
    rule: Rule = None,
    tag: Tag = None,
    dsttype: Dsttype = None,
    dataset: Dataset = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    author: notes.Author = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> MarkOptions:
    """The values of the options."""
    meant = MeantData(config, rule, tag or [], dsttype, dataset, runs, runlist, exclude)
    return MarkOptions(meant, reason, author, dry_run, yes, style)


def marks_data(function: Verb) -> Verb:
    """Give a verb the options that say which data gets a state; the verb gets their values as its second argument."""
    return takes(_mark_options)(function)


def mark(context: typer.Context, state: DataState, how: MarkOptions) -> None:
    """Show what data gets another state, ask, and write the state."""
    from prodcli.cli.consent import require_consent
    from prodcli.data_states.marking import Marker

    session, reason = current(context), notes.reason_of(how.reason)
    books = session.database("production", read_only=how.dry_run)
    marker = Marker(books, session.database("filecatalog", read_only=True))
    plan = marker.plan(wanted_data(session, how.data), state)
    changed = plan.changed
    table = _preview(plan, how)
    if how.dry_run or how.style is options.Style.TABLE or not changed:
        (session.summarize_table if how.yes else session.show)(table, how.style)
        sys.stdout.flush()
    if how.dry_run or not changed:
        return
    runs = len({one.data.run for one in changed})
    question = f"call data of {runs} run{'' if runs == 1 else 's'} {_word(state)}?"
    require_consent(question, how.yes, shown=how.style is options.Style.TABLE)
    session.keep_log()
    done = marker.act(plan, reason, notes.author_of(how.author))
    note_action(session, context.info_name or "", f"{done} now {_word(state)}", reason, how.author)
    if how.style is options.Style.TABLE:
        busy = len(changed) - done
        session.summarize(f"{done} now {_word(state)}{f'; {busy} had changed meanwhile' if busy else ''}")
    else:
        session.show(table, how.style)


def wanted_data(session: Session, meant: MeantData) -> FileFilter:
    """The data that the options mean; raises UsageError for options that name none, or name it twice."""
    from prodcli.catalogs.file_search import FileFilter, dsttypes_called
    from prodcli.cli.run_options import read_selection
    from prodcli.rules.load import load_rule

    if meant.config and (meant.tags or meant.dsttype or meant.dataset):
        raise UsageError(
            "a rule says tag, dsttype and dataset", todo="give --config with --rule, or --tag and --dsttype"
        )
    if not meant.config and not (meant.tags and meant.dsttype):
        raise UsageError("which data is meant?", todo="give --tag and --dsttype, or --config with --rule")
    if not meant.runs and not meant.runlist:
        raise UsageError("no runs are named", todo="--runs or --runlist")
    about: tuple[str, list[str], str | None] = meant.dsttype or "", meant.tags, meant.dataset
    rule = load_rule(meant.config, meant.rule, session.site) if meant.config else None
    if rule is not None:
        about = rule.params.dsttype, [rule.outtriplet], rule.booked_dataset
    dsttype, tags, dataset = about
    chosen = read_selection(session, meant.runs, meant.runlist, meant.exclude, rule)
    return FileFilter(chosen, None, dsttypes_called(session.site, dsttype), tags, dataset)


def _word(state: DataState) -> str:
    return "on tape" if state.value == "tape" else state.value


def _preview(plan: MarkPlan, how: MarkOptions) -> Table:
    """What changes by tag, dsttype and old state."""
    from prodcli.tables.table import Column, Kind, Table

    groups = defaultdict(list)
    for one in plan.changed:
        groups[one.data.tag, one.data.dataset, one.data.dsttype, one.state].append(one)
    rows: list[list[Cell]] = [
        [*data, old.value, plan.state.value, runs_of((one.data.run for one in found), how.style), len(found),
         sum(one.files for one in found), sum(one.size for one in found)]
        for (*data, old), found in groups.items()
    ]  # fmt: skip
    same, lacking = sum(one.state is plan.state for one in plan.found), len(plan.without_files)
    words = [f"{same} more are {_word(plan.state)} already"] if same else []
    words += [f"{lacking} more have no file in the catalog, and keep their state"] if lacking else []
    words += [] if rows else ["there is nothing to change"]
    words += ["dry run: nothing was changed"] if how.dry_run else []
    columns = (
        *(Column("tag", shared=True), Column("dataset", shared=True), Column("dsttype"), Column("state")),
        *(Column("new"), Column("runs"), Column("count", kind=Kind.COUNT, level=2)),
        *(Column("files", kind=Kind.COUNT, level=1), Column("bytes", "size", Kind.BYTES, level=1)),
    )
    return Table(columns, rows, note="\n".join(words))


def runs_of(runs: Iterable[int], style: options.Style) -> str:
    """Runs in words: whole for programs, of a long list its length and ends for people."""
    from prodcli.runs.selection import RunSelection

    chosen = RunSelection((), frozenset(runs))
    if style is options.Style.TABLE:
        return str(chosen)
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in chosen.spans)
