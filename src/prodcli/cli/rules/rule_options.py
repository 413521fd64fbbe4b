"""The options by which verbs choose a rule of a file, and runs and segments of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.commands.by_hand import by_hand
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import Verb, takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.rules.model import Overrides, Rule
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class RuleChoice:
    """A rule of a file, and what was said of its runs and segments."""

    session: Session
    file: Path
    name: str | None
    lenient: bool
    runs: list[str] | None
    runlist: Path | None
    exclude: list[str] | None
    segment_words: list[str] | None
    names_runs: bool  # somebody typed runs

    @cached_property
    def rule(self) -> Rule:
        """The rule as it is written; raises RuleError."""
        return self.rule_with(None)

    def rule_with(self, overrides: Overrides | None) -> Rule:
        """The rule with values of the command line; raises RuleError."""
        from prodcli.rules.load import load_rule

        return load_rule(self.file, self.name, self.session.site, lenient=self.lenient, overrides=overrides)

    @property
    def selection(self) -> RunSelection:
        """The chosen runs, else the runs of the rule if its jobs are generated, or the site's default range."""
        return self.selection_of(self.rule)

    def selection_of(self, rule: Rule) -> RunSelection:
        """The chosen runs of the rule with values of the command line."""
        from prodcli.cli.run_options import read_selection

        return read_selection(self.session, self.runs, self.runlist, self.exclude, rule)

    @property
    def segments(self) -> RunSelection | None:
        """The chosen segments; None for all."""
        from prodcli.runs.selection import parse_segments

        return parse_segments(self.segment_words or ())

    def require_runs(self, verb: str) -> None:
        """Raise UsageError unless runs were typed: a verb that takes things away has no default."""
        if not self.names_runs:
            raise UsageError("no runs are named", where=verb, todo="--runs or --runlist")


def _rule_options(
    context: typer.Context,
    config: options.RuleFile,
    rule: options.RuleName = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    lenient: options.Lenient = False,
) -> RuleChoice:
    named = any(by_hand(context, name) for name in ("runs", "runlist", "run_words"))
    return RuleChoice(current(context), config, rule, lenient, runs, runlist, exclude, segments, named)


def chooses_segments(function: Verb) -> Verb:
    """Give a verb the options that choose a rule, runs and segments; the verb gets their values as its second argument."""
    return takes(_rule_options, first=True)(function)


def chooses_runs(function: Verb) -> Verb:
    """Give a verb the options that choose a rule and runs."""
    return takes(_rule_options, {"segments"}, first=True)(function)
