"""prodcli why."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_blocking, complete_hosts
from prodcli.cli.context import Session, current
from prodcli.errors import DatabaseError

if TYPE_CHECKING:
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection
    from prodcli.why.answer import Answer, Assumptions

EXAMPLE = "Example: prodcli why -c rules.yaml -r Full_TRKR_CLUSTER --runs 72199"

Idle = Annotated[
    bool, typer.Option("--idle", help="Ask the pool why jobs in the queues do not start, of any --tag; no rule file.")
]


def why(
    context: typer.Context,
    config: options.AnyRuleFile = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            "-r",
            metavar="NAME",
            help="Rule of the file; default: every rule.",
            autocompletion=options.complete_rules,
        ),
    ] = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    assume_mask: Annotated[
        list[str] | None,
        typer.Option(
            "--assume-mask",
            metavar="NAMES...",
            help="Plan as if these hosts were masked.",
            autocompletion=complete_hosts,
        ),
    ] = None,
    assume_min_events: Annotated[
        int | None, typer.Option("--assume-min-events", min=0, help="Plan with this min_run_events.")
    ] = None,
    assume_min_time: Annotated[
        int | None, typer.Option("--assume-min-time", min=0, help="Plan with this min_run_time, in seconds.")
    ] = None,
    ignore_state: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore-state",
            metavar="STATES...",
            help="Plan as if these states did not block outputs.",
            autocompletion=complete_blocking,
        ),
    ] = None,
    idle: Idle = False,
    tag: options.Tag = None,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Show why runs are not submitted.

    One run: every step from the run catalog to the queue. Several runs: a table of reasons. The plan is the one of
    `submit --dry-run`; nothing changes. With --idle: why jobs in the queues do not start.
    """
    from prodcli.cli.run_options import read_selection
    from prodcli.cli.why import why_report
    from prodcli.cli.why.idle_report import show_idle
    from prodcli.errors import UsageError
    from prodcli.states import Status, known_states
    from prodcli.why.answer import Assumptions

    session = current(context)
    if idle:
        show_idle(session, tag or (), style)
        return
    if config is None:
        raise UsageError("no rule file is named", where="why", todo="-c rules.yaml, or --idle for jobs in the queues")
    states = known_states(ignore_state or (), list(Status), "--ignore-state")
    assume = Assumptions(tuple(assume_mask or ()), assume_min_events, assume_min_time, states)
    rules = _rules(session, config, rule, lenient)
    selections: dict[str, RunSelection] = {}  # rules with inputs share one
    for one in rules:
        key = _key(one, runs)
        if key not in selections:
            selections[key] = read_selection(session, runs, runlist, exclude, one)
    asked = [(one, selections[_key(one, runs)]) for one in rules]
    try:
        answers = _answers(session, asked, segments, assume)
    except DatabaseError:
        if style is options.Style.TABLE:
            _show_books(session, asked)
        raise
    why_report.show_answers(session, answers, assume, style)


def _show_books(session: Session, asked: list[tuple[Rule, RunSelection]]) -> None:
    """Show what the books alone know of the runs of each rule, if they can be read."""
    from prodcli.books.filters import Filters
    from prodcli.reports.status import status_lines
    from prodcli.reports.status_table import status_table

    with suppress(DatabaseError):
        for rule, runs in asked:
            filters = Filters([rule.outtriplet], rules=[rule.name], runs=runs)
            table = status_table(status_lines(session.database("production_read", read_only=True), filters))
            title = f"{rule.name}: jobs in the books; why there are not more cannot be said now"
            session.show(replace(table, title=title))
        sys.stdout.flush()  # the error is read below the tables


def _key(rule: Rule, runs: list[str] | None) -> str:
    """The name of a rule that has runs of its own; empty for the runs that all others share."""
    from prodcli.cursors.words import names_cursor

    return rule.name if rule.generated or names_cursor(runs) else ""


def _rules(session: Session, file: Path, name: str | None, lenient: bool) -> list[Rule]:
    """The named rule, or every sound matching rule of the file; the others get a warning."""
    from prodcli.errors import RuleError
    from prodcli.rules.load import check_rules, load_rule

    query = "its own query decides; prodcli submit --dry-run -v lists what is left out"
    if name is not None:
        rule = load_rule(file, name, session.site, lenient=lenient)
        if rule.by_query:
            raise RuleError(query, where=f"{file}: rule {rule.name}")
        return [rule]
    checked = check_rules(file, session.site, lenient=lenient)
    if not any(one.rule for one in checked):
        return [load_rule(file, name, session.site, lenient=lenient)]  # says what is wrong
    for one in checked:
        if one.rule is None:
            logging.getLogger("prodcli").warning("%s: rule %s is left out: %s", file, one.name, one.errors[0])
        elif one.rule.by_query:
            logging.getLogger("prodcli").warning("%s: rule %s is left out: %s", file, one.name, query)
    found = [one.rule for one in checked if one.rule is not None and not one.rule.by_query]
    if not found:
        raise RuleError(query, where=str(file))
    return found


def _answers(
    session: Session, asked: list[tuple[Rule, RunSelection]], segments: list[str] | None, assume: Assumptions
) -> list[Answer]:
    from prodcli.cli.submission.pass_options import pass_resources
    from prodcli.runs.selection import parse_segments
    from prodcli.submission.pass_request import PassRequest, SubmitLimits
    from prodcli.submission.submit_pass import Pass
    from prodcli.why.answer import Why

    chosen = parse_segments(segments or ())
    outside = pass_resources(session, looks_only=True)
    replica = session.database("production_read", read_only=True)
    asking = Why.on(outside.catalogs, outside.books, replica, session.config.max_memory)
    limits = SubmitLimits(maxqueued=options.MAXQUEUED)
    wanted = [PassRequest(rule=rule, runs=runs, segments=chosen, limits=limits) for rule, runs in asked]
    return [asking.answer(Pass(one, outside), assume) for one in wanted]
