"""prodcli shadow."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current

if TYPE_CHECKING:
    from prodcli.productions.differences import ShadowLine
    from prodcli.productions.shadow import ShadowRule
    from prodcli.steering.steered_rule import SteeredRule, Steering
    from prodcli.tables.table import Table

_DAY = 86_400  # seconds
EXAMPLE = "Example: prodcli shadow -f steering.yaml --days 7"


def shadow(
    context: typer.Context,
    steering: Annotated[Path, typer.Option("--steer", "-f", metavar="FILE", help="Steering file, or rule file.")],
    days: Annotated[
        float, typer.Option("--days", min=0.01, max=3650, help="How far the jobs of the other tool count back.")
    ] = 7,
    hostname: Annotated[str, typer.Option("--hostname", metavar="HOST", help="Act as this host.")] = "",
    style: options.Format = options.Style.TABLE,
) -> None:
    """Compare plans with what another tool has submitted.

    Each rule that a steering file submits is planned as if the other tool's jobs of these days were not there yet. Every difference has one reason.
    Nothing is submitted or changed. Exit code 6: rules that cannot be compared.
    """
    from prodcli.books.claimant import short_host
    from prodcli.errors import PartlyDone, UsageError
    from prodcli.sizes import counted
    from prodcli.steering.read import read_steering

    session = current(context)
    said = read_steering(steering, hostname or short_host())
    if not said.named:
        raise UsageError(f"the file does not name {said.host}", where=str(steering), todo="--hostname HOST")
    failed = [*said.problems]
    lines = _compared(session, said, days, failed)
    session.show(_table(lines, days), style)
    for line in failed:
        session.warn(line)
    if failed:
        raise PartlyDone(f"{counted(len(failed), 'rule')} could not be compared", where=str(steering))


def _compared(session: Session, said: Steering, days: float, failed: list[str]) -> list[ShadowLine]:
    """The lines of all rules that are submitted; a rule that fails is a line in `failed`."""
    from prodcli.cli.submission.pass_options import pass_resources
    from prodcli.errors import ProdError
    from prodcli.productions.differences import Comparison
    from prodcli.productions.shadow import jobs_of_others, plan_without

    rules = [one for steered in said.rules if steered.submit if (one := _rule(session, steered, failed))]
    outside = pass_resources(session, looks_only=True)
    lines: list[ShadowLine] = []
    for one, theirs in zip(
        rules, jobs_of_others(outside.books.database, rules, int(time.time() - days * _DAY)), strict=True
    ):
        try:
            plan = plan_without(one, theirs, outside.catalogs, outside.books, outside.templates)
        except ProdError as failure:
            failed.append(f"{one.rule.name}: {failure}")
        else:
            lines += Comparison(plan, theirs, one.segments).lines()
    return lines


def _rule(session: Session, steered: SteeredRule, failed: list[str]) -> ShadowRule | None:
    """The rule with its runs; None, with a line in `failed`, if they cannot be read."""
    from prodcli.cli.automation.pass_wiring import rule_of
    from prodcli.cli.run_options import read_selection
    from prodcli.errors import ProdError
    from prodcli.productions.shadow import ShadowRule

    try:
        rule = rule_of(session, steered)
        runs = steered.runs or read_selection(session, list(steered.run_words), steered.runlist, rule=rule)
    except ProdError as failure:
        failed.append(f"{steered.name}: {failure}")
        return None
    return ShadowRule(rule, runs, steered.segments)


def _table(lines: list[ShadowLine], days: float) -> Table:
    from prodcli.sizes import counted
    from prodcli.tables.table import Column, Kind, Table

    rows = [
        [one.rule, one.tag, one.side.value, one.reason, one.count, one.words, ", ".join(one.examples)] for one in lines
    ]
    columns = (
        Column("rule", style="bold", shared=True),
        Column("tag", level=3, shared=True),
        Column("side"),
        Column("reason"),
        Column("outputs", kind=Kind.COUNT),
        Column("why", level=1, kind=Kind.DETAIL),
        Column("examples", level=2, kind=Kind.PATHS),
    )
    total = {side: sum(one.count for one in lines if one.side == side) for side in ("both", "here only", "there only")}
    said = ", ".join(f"{count} {side}" for side, count in total.items())
    return Table(columns, rows, note=f"{counted(sum(total.values()), 'output')} of {days:g} days: {said}")
