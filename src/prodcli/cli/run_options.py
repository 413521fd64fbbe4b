"""Runs on the command line: numbers, ranges, selectors, a run list, and runs to leave out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prodcli.cli.context import Session
from prodcli.cursors.words import names_cursor, runs_from, window_of
from prodcli.errors import UsageError
from prodcli.runs.selection import ALL_RUNS, RunSelection, parse_runlist, parse_runs
from prodcli.runs.selector import split_calls
from prodcli.text_files import read_text, why_unreadable

if TYPE_CHECKING:
    from prodcli.rules.model import Rule
    from prodcli.runs.sources import RunSources


def read_selection(
    session: Session,
    runs: list[str] | None,
    runlist: Path | None,
    exclude: list[str] | None = None,
    rule: "Rule | None" = None,
) -> RunSelection:
    """The runs of --runs or --runlist, less --exclude; `cursor` means those from the cursor of the rule on.

    Without them, the runs of a rule whose jobs are generated, else the site's default range, which stderr names.

    Raises UsageError for both options, for an unreadable list, and for `cursor` of a rule without one.
    """
    if runs and runlist:
        raise UsageError("give --runs or --runlist, not both")
    own = None if rule is None else rule.generated_runs
    if runs and rule is not None and names_cursor(runs):
        chosen = _from_cursor(session, runs, rule)
    elif not runs and not runlist and own is not None:
        chosen = own
    elif not runs and not runlist:
        low, high = session.site.default_runs
        session.say(f"no runs are named: taking the site's default range {low}-{high}")
        chosen = RunSelection(((low, high),), frozenset())
    else:
        chosen = _selected(session, runs, "--runs") if runs else _listed(runlist or Path())
    return chosen.without(_selected(session, exclude, "--exclude")) if exclude else chosen


def read_filter(session: Session, runs: list[str] | None, exclude: list[str] | None) -> RunSelection:
    """The runs of --runs, else all runs, less --exclude; raises UsageError for a malformed word."""
    chosen = _selected(session, runs, "--runs") if runs else ALL_RUNS
    return chosen.without(_selected(session, exclude, "--exclude")) if exclude else chosen


def _from_cursor(session: Session, words: Sequence[str], rule: "Rule") -> RunSelection:
    from prodcli.cursors.moves import no_cursor
    from prodcli.cursors.positions import cursors

    window = window_of(words)
    cursor = cursors(session.database("production", read_only=True)).get(rule.product)
    if cursor is None:
        raise no_cursor([rule])
    session.say(f"runs from {cursor.run} on: there stands the cursor of {rule.product}")
    return runs_from(cursor.run, window, rule)


def rules_of(session: Session, file: Path, names: Sequence[str] | None) -> "list[Rule]":
    """The named rules of a file, or its only rule; raises UsageError for an unknown name, and if a name is needed."""
    from prodcli.rules.load import load_rule

    return [load_rule(file, name, session.site) for name in names or (None,)]


def _listed(runlist: Path) -> RunSelection:
    try:
        text = read_text(runlist)
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(f"the run list cannot be read: {why_unreadable(failure)}", where=str(runlist)) from None
    return parse_runlist(text, str(runlist))


def _selected(session: Session, words: Sequence[str], option: str) -> RunSelection:
    if names_cursor(words):
        raise UsageError("cursor belongs to one rule, and none is asked for", where=option, todo="write runs instead")
    try:
        plain, calls = split_calls(words)
        chosen = parse_runs(plain) if plain or not calls else RunSelection((), frozenset())
    except UsageError as failure:
        where = failure.where if failure.where != "--runs" else option
        raise UsageError(failure.what, where=where, todo=failure.todo) from None
    for call in calls:
        found = run_sources(session).runs(call)
        if not found.spans:
            session.say(f"{option}: {call} finds no run")
        chosen = chosen.together(found)
    return chosen


def run_sources(session: Session) -> "RunSources":
    """All selectors."""
    from prodcli.runs.sources import RunSources

    config = session.config
    return RunSources(
        config.selectors,
        config.file.parent,
        lambda name: session.database(name, read_only=True),
        session.site.default_runs,
    )
