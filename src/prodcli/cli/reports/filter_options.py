"""The options that choose the jobs of a report, as one group: `@takes(filter_options)` gives the verb FilterOptions."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from prodcli.cli import options
from prodcli.cli.times import since_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.books.filters import Filters
    from prodcli.cli.context import Session
    from prodcli.runs.selection import RunSelection


@dataclass(frozen=True)
class FilterOptions:
    """The jobs of a report as they are said; None and an empty list leave a part free."""

    tag: list[str] | None
    dsttype: list[str] | None
    config: Path | None
    rule: list[str] | None
    runs: list[str] | None
    exclude: list[str] | None
    since: str | None

    def of_runs(self, words: list[str]) -> FilterOptions:
        """The same options with more runs."""
        return replace(self, runs=[*words, *(self.runs or ())])

    def filters(self, session: Session) -> Filters:
        """The filter; raises UsageError for runs and times that are not understood, RuleError for a bad file."""
        from prodcli.books.filters import Filters

        runs = runs_of(session, self.runs, self.exclude)
        filters = Filters(self.tag, self.dsttype, self.rule, runs, since_of(self.since))
        return filters if self.config is None else _of_file(session, filters, self.config)

    @property
    def as_typed(self) -> str:
        """The names and runs as they are typed, for other commands about the same jobs: ` --tag A B --runs 66499`."""
        file = None if self.config is None else str(self.config)
        return as_options(
            ("--tag", self.tag),
            ("--dsttype", self.dsttype),
            ("--config", file),
            ("--rule", self.rule),
            ("--runs", self.runs),
        )


def filter_options(
    context: typer.Context,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    config: options.OfFile = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    exclude: options.Exclude = None,
    since: options.Since = None,
) -> FilterOptions:
    """The jobs that the options choose."""
    return FilterOptions(tag, dsttype, config, rule, runs, exclude, since)


def as_options(*said: tuple[str, str | Sequence[str] | None]) -> str:
    """Options as they are typed: ` --tag A B --runs 66499`."""
    words: list[str] = []
    for option, value in said:
        if value:
            words += [option, *([value] if isinstance(value, str) else value)]
    return "".join(f" {shlex.quote(word)}" for word in words)


def runs_of(session: Session, words: list[str] | None, exclude: list[str] | None) -> RunSelection | None:
    """The selected runs."""
    if not words and not exclude:
        return None
    from prodcli.cli.run_options import read_filter

    return read_filter(session, words, exclude)


def _of_file(session: Session, filters: Filters, config: Path) -> Filters:
    """The filters with the rules of a file and their tags."""
    from prodcli.cli.run_options import rules_of

    rules = rules_of(session, config, filters.rules)
    names, tags = [rule.name for rule in rules], sorted({rule.outtriplet for rule in rules})
    return replace(filters, rules=names, tags=filters.tags or tags)
