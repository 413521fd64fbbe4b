"""prodcli campaign create|forget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import notes, options
from prodcli.cli.campaigns import address_options
from prodcli.cli.campaigns.campaign_options import books_of
from prodcli.cli.context import Session, current
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prodcli.hierarchy.address import Address
    from prodcli.hierarchy.tree import LevelChange, ProductionTree
    from prodcli.runs.selection import RunSelection

CREATE_EXAMPLE = "Example: prodcli campaign create run3oo_calo_pro001_pcdb001_v001 -n"
FORGET_EXAMPLE = "Example: prodcli campaign forget auau/pro002_pcdb001_v001/pro002_TRIGGERED_EVENT_run3auau/night -n"
From = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Folder with the files of a production that is new.")
]


def create(
    context: typer.Context,
    address: address_options.Address,
    source: From = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Create a production as its files declare it, or a group.

    A production is read from the folder of its rule and steering files: campaigns, steps, groups. Of one that is known the
    files are read again. A group, by its whole address, has --runs or --runlist.
    """
    from prodcli.hierarchy.address import Level, address_of

    session, asked = current(context), address_of(address)
    named = runs or runlist
    if asked.level is Level.GROUP and named and source is None:
        from prodcli.cli.run_options import read_selection

        _create_group(session, asked, read_selection(session, runs, runlist), reason, dry_run)
    elif asked.level is Level.PRODUCTION and not named:
        _create_production(session, asked.production, source, (reason, dry_run, yes, style))
    else:
        todo = "campaigns and steps are rules of the files: prodcli campaign create PRODUCTION"
        raise UsageError("name a production, or a whole group with --runs", where=address, todo=todo)


def forget(
    context: typer.Context,
    address: address_options.Address,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
) -> None:
    """Forget a group that was created beside the files.

    Its runs and jobs stay.
    """
    from prodcli.hierarchy.address import Level
    from prodcli.hierarchy.books import forget_group

    session = current(context)
    level = address_options.meant_by(session, address, read_only=dry_run)
    asked, meant = level.address, level.steps
    if asked.level is not Level.GROUP:
        raise UsageError("name a group", where=address, todo="prodcli production remove forgets a production")
    if asked.group not in meant[0].step.beside:
        raise UsageError("the files declare this group", where=address, todo="change the steering file")
    session.summarize(f"{asked}: runs {meant[0].runs}")
    if dry_run:
        session.say("dry run: nothing was changed")
        return
    forget_group(books_of(session), asked.production, asked.rule, asked.group)
    _note(session, "campaign forget", "forgotten", reason, asked)


def _create_group(session: Session, asked: Address, runs: RunSelection, reason: str, dry_run: bool) -> None:
    """Write a group beside those of the files; raises UsageError for runs of another group, and a group of the files."""
    from prodcli.hierarchy.address import Level
    from prodcli.hierarchy.books import add_group, trees
    from prodcli.hierarchy.chosen import chosen
    from prodcli.runs.run_groups import run_groups

    books = books_of(session, read_only=dry_run)
    (meant,) = chosen(trees(books), asked.at(Level.STEP))
    kept = {one.name: one.runs for one in meant.step.groups if one.name != asked.group}
    if asked.group in {one.name for one in meant.step.groups} - meant.step.beside:
        raise UsageError("the files declare this group", where=str(asked), todo="change the steering file")
    try:
        *_, group = run_groups(kept | {asked.group: runs})
    except ValueError as failure:
        raise UsageError(str(failure), where=str(asked), todo="nothing was written") from None
    session.summarize(f"{asked}: runs {runs}")
    session.say(
        f"passes and loops do not know the group: prodcli campaign launch {asked} submits it, or name it in the files"
    )
    if dry_run:
        session.say("dry run: nothing was changed")
        return
    new = add_group(books, asked.production, asked.rule, group, notes.author_of(""))
    _note(session, "campaign create", f"{'new' if new else 'changed'}: runs {runs}", reason, asked)


def _create_production(
    session: Session, name: str, source: Path | None, said: tuple[str, bool, bool, options.Style]
) -> None:
    """Show what the files declare, ask before a known level changes, and write the levels."""
    from prodcli.cli.consent import require_consent
    from prodcli.hierarchy.address import Address
    from prodcli.hierarchy.books import declare, trees
    from prodcli.hierarchy.declared import declared
    from prodcli.hierarchy.level_tables import change_table
    from prodcli.hierarchy.tree import ChangeKind, level_changes
    from prodcli.productions.lint import ProductionFolder

    reason, dry_run, yes, style = said
    books = books_of(session, read_only=dry_run)
    known = trees(books)
    tree = declared(name, ProductionFolder(_folder(known, name, source), session.rule_site))
    changes = level_changes(known.get(name), tree)
    table = change_table(changes, addresses=style is not options.Style.TABLE)
    (session.summarize_table if yes else session.show)(table, style)
    if dry_run:
        session.say("dry run: nothing was changed")
        return
    changed = _counts(changes)
    if changed[ChangeKind.CHANGED] or changed[ChangeKind.GONE]:
        require_consent(f"Change {name}?", yes, shown=style is options.Style.TABLE)
    new = declare(books, tree, notes.author_of(""))
    told = ", ".join(f"{count} {kind}" for kind, count in changed.items() if count)
    _note(session, "campaign create", f"{'new' if new else 'read again'}: {told}", reason, Address(name))
    session.summarize(
        f"{name} is {'created' if new else 'read again'}; prodcli campaign check {name} shows how far it is"
    )


def _folder(known: Mapping[str, ProductionTree], name: str, source: Path | None) -> Path:
    """The folder with the files of a production; raises UsageError where there is none."""
    from prodcli.config.find_config import current_folder

    if name not in known and source is None:
        raise UsageError(f"there is no production {name!r:.80}", where="ADDRESS", todo="--from DIR names its files")
    folder = Path(known[name].folder) if source is None else (current_folder() / source).resolve()
    if not folder.is_dir():
        raise UsageError("the folder of the production does not exist", where=str(folder), todo="--from DIR")
    return folder


def _counts(changes: Sequence[LevelChange]) -> Mapping[str, int]:
    from collections import Counter

    return Counter(one.kind for one in changes)


def _note(session: Session, verb: str, result: str, reason: str, asked: Address) -> None:
    """Write a line of the log of actions."""
    about: dict[str, Any] = {"production": asked.production, "tag": asked.tag, "rule": asked.rule, "group": asked.group}
    notes.note_action(session, verb, result, reason, **{key: value for key, value in about.items() if value})
