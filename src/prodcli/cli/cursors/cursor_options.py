"""The options of verbs that move cursors, and what these verbs need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import Verb, takes

if TYPE_CHECKING:
    from prodcli.cursors.follow import Follower
    from prodcli.cursors.moves import CursorMoves
    from prodcli.cursors.positions import CursorMove
    from prodcli.db import Database
    from prodcli.planning.plan import Plan
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection

AnyRule = Annotated[
    str | None,
    typer.Option(
        "--rule",
        "-r",
        metavar="NAME",
        help="Rule of the file; default: every rule, for `set` the only one.",
        autocompletion=options.complete_rules,
    ),
]


@dataclass(frozen=True)
class MoveOptions:
    """The rules whose cursors move, who moves them, and whether only to look."""

    session: Session
    file: Path
    name: str | None
    lenient: bool
    author: str
    dry_run: bool
    style: options.Style

    @cached_property
    def rule(self) -> Rule:
        """The only rule that is meant; raises RuleError, or UsageError if none is named of several."""
        from prodcli.rules.load import load_rule

        return load_rule(self.file, self.name, self.session.site, lenient=self.lenient)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that are meant; raises RuleError."""
        return rules_of(self.session, self.file, self.name, self.lenient)

    @cached_property
    def books(self) -> Database:
        """The books; raises DatabaseError if a migration is due."""
        from prodcli.db.schema import require_current

        books = self.session.database("production", read_only=self.dry_run)
        require_current(books)
        return books

    @property
    def mover(self) -> CursorMoves:
        """What moves the cursors."""
        from prodcli.cursors.moves import CursorMoves

        return CursorMoves(self.books, notes.author_of(self.author), self.dry_run)

    def finish(self, verb: str, moves: Iterable[CursorMove], reason: str = "") -> None:
        """Write each move that changes a cursor into the log, and show all moves, also if a later one fails."""
        from prodcli.cli.cursors.cursor_tables import move_table

        done: list[CursorMove] = []
        try:
            for one in moves:
                done.append(one)
                if one.changed and not self.dry_run:
                    name, tag = one.rule.name, one.rule.outtriplet
                    notes.note_action(self.session, verb, str(one), reason, self.author, rule=name, tag=tag)
        finally:
            table = move_table(done, self.dry_run)
            if done:
                (self.session.show if self.dry_run else self.session.summarize_table)(table, self.style)


def _move_options(
    context: typer.Context,
    config: options.RuleFile,
    rule: AnyRule = None,
    author: notes.Author = "",
    dry_run: options.DryRun = False,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> MoveOptions:
    return MoveOptions(current(context), config, rule, lenient, author, dry_run, style)


def moves_cursors(function: Verb) -> Verb:
    """Give a verb the options that choose rules; the verb gets their values as its second argument."""
    return takes(_move_options, first=True)(function)


def rules_of(session: Session, file: Path, name: str | None, lenient: bool) -> list[Rule]:
    """The named rule, or every sound rule of a file; the others get a warning. Raises RuleError if there is none."""
    from prodcli.rules.load import check_rules, load_rule

    if name is not None:
        return [load_rule(file, name, session.site, lenient=lenient)]
    checked = check_rules(file, session.site, lenient=lenient)
    for one in checked:
        if one.rule is None:
            session.warn(f"{file}: rule {one.name} is left out: {one.errors[0]}")
    found = [one.rule for one in checked if one.rule is not None]
    return found or [load_rule(file, None, session.site, lenient=lenient)]


def follower(session: Session) -> Follower:
    """What decides where cursors belong."""
    from prodcli.cursors.follow import Follower

    return Follower(session.database("production", read_only=True), session.catalog("daq"))


def planner(session: Session) -> Callable[[Rule, RunSelection], Plan]:
    """What plans the runs of a rule, and changes nothing."""
    from prodcli.cli.submission.pass_options import pass_resources
    from prodcli.submission.pass_request import PassRequest
    from prodcli.submission.submit_pass import Pass

    outside = pass_resources(session, looks_only=True)
    return lambda rule, runs: Pass(PassRequest(rule=rule, runs=runs), outside).plan()
