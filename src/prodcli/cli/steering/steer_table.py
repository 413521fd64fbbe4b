"""The table of what steering files do: a row for each host and rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prodcli.books.claimant import short_host
from prodcli.errors import ProdError
from prodcli.sizes import counted
from prodcli.steering.outlook import SteeredOutlook, outlooks
from prodcli.steering.read import ANY_HOST
from prodcli.tables.table import Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prodcli.cli.context import Session
    from prodcli.config.profile import Site
    from prodcli.steering.steered_rule import SteeredRule, Steering
    from prodcli.tables.table import Cell

SHOWN = ("submit", "dstspider", "histspider", "finishmon")
_COLUMNS = (
    Column("host", shared=True),
    Column("rule", style="bold"),
    Column("submit", level=1),
    Column("dstspider", "dst", level=2),
    Column("histspider", "hist", level=4),
    Column("finishmon", "finish", level=3),
    Column("runs", level=1),
    Column("jobs", kind=Kind.COUNT, level=1, drop_empty=True),
    Column("priority", kind=Kind.COUNT, level=5, drop_empty=True),
    Column("tag", level=6),
    Column("config", level=7, shared=True),
    Column("finding", kind=Kind.DETAIL, style="red", drop_empty=True),
)


def shown(session: Session, hosts: Sequence[Steering], plan: bool) -> Table:
    """What files do on their hosts; with `plan` also how many jobs a pass would submit now."""
    rows = [row for steering in hosts for row in _rows(session, steering, plan)]
    columns = [replace(one, drop_empty=False) if plan and one.key == "jobs" else one for one in _COLUMNS]
    return Table(columns, rows, marks={"on": "green"}, note=_here(hosts))


def _rows(session: Session, steering: Steering, plan: bool) -> list[list[Cell]]:
    rows = [_row(session, one, plan) for one in outlooks(steering, session.rule_site)]
    for problem in steering.problems:
        name, _, what = problem.partition(": ")
        rows.append([steering.host, name, *[""] * 5, None, None, "", str(steering.file), what])
    return rows


def _row(session: Session, one: SteeredOutlook, plan: bool) -> list[Cell]:
    steered, findings = one.steered, list(one.errors)
    jobs = None
    if plan and steered.submit and one.rule is not None:
        try:
            jobs = jobs_now(session, steered)
        except ProdError as failure:
            findings += [] if any(failure.what in known for known in findings) else [str(failure)]
    steps = ("on" if step in steered.steps else "off" for step in SHOWN)
    tag = one.rule.outtriplet if one.rule else ""
    runs = runs_in_words(steered, session.rule_site)
    rest = (runs, jobs, steered.priority, tag, str(steered.config), "; ".join(findings))
    return [one.host, steered.name, *steps, *rest]


def runs_in_words(steered: SteeredRule, site: Site) -> str:
    """The runs of a rule as its file says them, else the site's default range."""
    if steered.runlist is not None:
        return str(steered.runlist)
    low, high = site.default_runs
    return " ".join(steered.run_words) or str(steered.runs or f"{low}-{high}")


def jobs_now(session: Session, steered: SteeredRule) -> int:
    """The number of jobs that a pass would submit of a rule now; raises ProdError if it cannot be said."""
    from prodcli.books.queue_limit import MAXQUEUED
    from prodcli.cli.run_options import read_selection
    from prodcli.cli.submission.pass_options import pass_resources
    from prodcli.rules.load import load_rule
    from prodcli.submission.pass_request import PassRequest, SubmitLimits
    from prodcli.submission.submit_pass import Pass

    rule = load_rule(steered.config, steered.name, session.site, lenient=True, overrides=steered.overrides)
    runs = steered.runs or read_selection(session, list(steered.run_words), steered.runlist, rule=rule)
    maxqueued = MAXQUEUED if steered.maxqueued is None else steered.maxqueued
    limits = SubmitLimits(maxjobs=steered.maxjobs, maxqueued=maxqueued)
    wanted = PassRequest(rule=rule, runs=runs, segments=steered.segments, limits=limits)
    return len(Pass(wanted, pass_resources(session, looks_only=True)).dry_run().jobs)


def _here(hosts: Sequence[Steering]) -> str:
    """Where nothing is done, and what is done on this host, in words."""
    here = short_host()
    notes = [f"the file does not name {one.host}: nothing is done there" for one in hosts if not one.named]
    idle = [one.host for one in hosts if one.named and not one.rules and not one.problems]
    if idle:
        notes.append(f"no rule: {', '.join(idle)}")
    if len(hosts) > 1 or hosts[0].host in (here, ANY_HOST):
        rules = sum(len(one.rules) for one in hosts if one.host in (here, ANY_HOST))
        notes.append(f"on this host, {here}: {counted(rules, 'rule') if rules else 'nothing'}")
    return "\n".join(notes)
