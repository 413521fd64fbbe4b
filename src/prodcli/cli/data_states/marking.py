"""The options that `validate`, `invalidate` and `data set` share: which data is meant, and how a state is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_dsttypes, complete_rules, complete_tags
from prodcli.cli.context import Session, current
from prodcli.cli.data_states.giving import HowToGive, StateGiving, how_to_give
from prodcli.cli.option_groups import takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.catalogs.file_search import FileFilter
    from prodcli.data_states.states import DataState

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
    how: HowToGive


@takes(how_to_give)
def mark_options(
    context: typer.Context,
    how: HowToGive,
    config: Config = None,
    rule: Rule = None,
    tag: Tag = None,
    dsttype: Dsttype = None,
    dataset: Dataset = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
) -> MarkOptions:
    """The values of the options."""
    return MarkOptions(MeantData(config, rule, tag or [], dsttype, dataset, runs, runlist, exclude), how)


def mark(context: typer.Context, state: DataState, said: MarkOptions) -> None:
    """Show what data gets another state, ask, and write the state."""
    session = current(context)
    StateGiving(session, context.info_name or "", state, said.how).give([wanted_data(session, said.data)])


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
