"""The options by which recovery verbs choose jobs, the preview of what they chose, and the question."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session, current
from prodcli.cli.recovery import plan_table
from prodcli.errors import UsageError
from prodcli.recovery.verb_plan import Doing, Plan

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.books.job_filter import BookedJob, JobFilter
    from prodcli.recovery.recovery import Outcome, Recovery


_PLACES = {"queued": "in a queue", "failed": "failed", "parked": "parked"}  # where the books have jobs, in words
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state", metavar="STATES...", help="Only jobs in these states: submitted, waiting, running, held, evicted ..."
    ),
]
HoldReason = Annotated[
    str | None, typer.Option("--hold-reason", metavar="TEXT", help="Only jobs whose hold reason contains this text.")
]
Codes = Annotated[
    list[str] | None, typer.Option("--code", metavar="CODES...", help="Only jobs with these hold codes: 34 or 34/102.")
]
Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", metavar="CLUSTERS...", help="Only these: 12, 12.3 or 12@schedd.")
]
Dbids = Annotated[list[int] | None, typer.Option("--dbid", metavar="DBIDS...", help="Only these rows of the books.")]
Node = Annotated[str | None, typer.Option("--node", help="Only jobs last seen on this node.")]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="AGE", help="Only jobs in their state for longer than 90m, 36h, 7d."),
]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Rule file; only jobs of its rule.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="JOBS", help="At most this many jobs.")]


@dataclass(frozen=True)
class Choice:
    """What was said of the jobs that are meant, and of how to go about it."""

    wanted: JobFilter
    any_said: bool
    limit: int | None
    reason: str
    dry_run: bool
    yes: bool
    style: options.Style


def _choice(
    context: typer.Context,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    config: Config = None,
    rule: options.RuleName = None,
    runs: options.Runs = None,
    segments: options.Segments = None,
    state: States = None,
    hold_reason: HoldReason = None,
    code: Codes = None,
    cluster: Clusters = None,
    dbid: Dbids = None,
    node: Node = None,
    older_than: OlderThan = None,
    limit: Limit = None,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
    ended: bool = False,
) -> Choice:
    """Make a choice of what the options say; `ended` is no option, but says whether jobs may be in no queue."""
    from prodcli.books.job_filter import JobFilter, parse_clusters, parse_codes, parse_states
    from prodcli.cli.run_options import read_filter
    from prodcli.runs.selection import parse_segments

    said = (tag, dsttype, config, rule, runs, segments, state, hold_reason, code, cluster, dbid, node, older_than)
    wanted = JobFilter(
        tag=tag,
        dsttype=dsttype,
        rule=rule,
        runs=read_filter(current(context), runs, None),
        segments=parse_segments(segments or ()),
        states=parse_states(state or (), ended),
        hold_reason=hold_reason,
        codes=parse_codes(code or ()),
        clusters=parse_clusters(cluster or ()),
        dbids=dbid or (),
        node=node,
        older=_age(older_than),
    )
    if config is not None:
        wanted = _of_rule(current(context), wanted, config, rule)
    return Choice(wanted, any(said), limit, notes.reason_of(reason) if reason else "", dry_run, yes, style)


def _age(text: str | None) -> int | None:
    from prodcli.cli.times import parse_age

    age = None if text is None else parse_age(text)
    if text is not None and age is None:
        raise UsageError(f"{text!r:.60} is not an age", where="--older-than", todo="like 90m, 36h or 7d")
    return age


def _of_rule(session: Session, wanted: JobFilter, config: Path, name: str | None) -> JobFilter:
    from prodcli.rules.load import load_rule

    rule = load_rule(config, name, session.site)
    return replace(wanted, rule=rule.name, tag=wanted.tag or rule.outtriplet, dataset=rule.params.dataset)


def chooses_jobs(function: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that choose jobs; it is called with what they say as its second argument."""
    return _with_options(function, frozenset())


def chooses_reports(function: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that only reports: nobody is asked, and nobody is told why."""
    return _with_options(function, frozenset({"reason", "yes"}))


def chooses_ended(function: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that also takes jobs which failed, and are in no queue."""
    return _with_options(function, frozenset(), ended=True)


def chooses_parked(function: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb about parked jobs, which are all in one state."""
    return _with_options(function, frozenset({"state"}))


def reports_parked(function: Callable[..., None]) -> Callable[..., None]:
    """The same for a verb that only reports parked jobs."""
    return _with_options(function, frozenset({"state", "reason", "yes", "dry_run"}))


def _with_options(function: Callable[..., None], without: frozenset[str], ended: bool = False) -> Callable[..., None]:
    every = inspect.signature(_choice, eval_str=True).parameters
    ours = {name: one for name, one in every.items() if name not in without | {"ended"}}
    context, _, *own = inspect.signature(function, eval_str=True).parameters.values()

    def verb(context: typer.Context, **said: Any) -> None:
        chosen = _choice(context, ended=ended, **{name: said.pop(name) for name in list(said) if name in ours})
        function(context, chosen, **said)

    more = [one for name, one in ours.items() if name != "context"]
    verb.__doc__, verb.__name__ = function.__doc__, function.__name__
    verb.__signature__ = inspect.Signature([context, *own, *more])  # type: ignore[attr-defined]
    verb.__annotations__ = {}
    return verb


def recovery(session: Session, dry_run: bool = False) -> Recovery:
    """What recovers, with the databases and the batch system of the session."""
    from prodcli.books.claimant import myself
    from prodcli.recovery.recovery import Recovery

    database = session.database("production", read_only=dry_run)
    grace, sweep_every = session.config.get("lost_grace"), session.config.get("sweep_every")
    return Recovery(database, session.batch, myself(), grace, sweep_every, session.progress)


def run(context: typer.Context, chosen: Choice, doing: Doing) -> None:
    """Find jobs, show them, ask, act, and show what came of it."""
    from prodcli.cli.consent import require_consent

    if not chosen.any_said:
        raise UsageError(
            "say which jobs", where=doing.verb.logged, todo="like --tag, --dsttype, --state, --code or --dbid"
        )
    session = current(context)
    plan = replace(limited(doing.plan(find(session, chosen, doing.places)), chosen), places=doing.places)
    every = {doing.verb.logged: (plan, doing), **{what.verb.name: (part, what) for part, what in plan.more}}
    named = {name: part for name, part in every.items() if part[0].jobs}
    if chosen.style is options.Style.TABLE or chosen.dry_run or not named:
        show(session, plan, chosen, doing.verb.logged)
    if chosen.dry_run or not named:
        return
    question = "; ".join(question_of(part, name) for name, (part, _) in named.items())
    require_consent(question, chosen.yes, shown=chosen.style is options.Style.TABLE)
    outcomes = {name: act(session, part, chosen, what) for name, (part, what) in named.items()}
    _tell(session, plan, chosen, doing.verb.logged, outcomes)
    for outcome in outcomes.values():
        outcome.require_done()


def find(session: Session, chosen: Choice, places: Sequence[str] = ("queued",)) -> Sequence[BookedJob]:
    """The jobs that are meant, by books that were brought up to date; a dry run takes them as they are."""
    from prodcli.books.job_search import find_jobs

    database, schedds = refreshed(session, chosen).database, session.batch.schedds()
    return [job for place in places for job in find_jobs(database, schedds, chosen.wanted, place)]


def refreshed(session: Session, chosen: Choice) -> Recovery:
    """What recovers, after the books were brought up to date unless it is a dry run."""
    from prodcli.db.schema import require_current

    this = recovery(session, chosen.dry_run)
    if chosen.dry_run:
        require_current(this.database)
    else:
        session.keep_log()
        this.refresh()
    return this


def limited(plan: Plan, chosen: Choice) -> Plan:
    """A plan for as many jobs as may be, at most."""
    over = plan.total - (chosen.limit or plan.total)
    if over <= 0:
        return plan
    room, more = (chosen.limit or 0) - len(plan.jobs), []
    for part, doing in plan.more:
        more.append((replace(part, jobs=part.jobs[: max(0, room)]), doing))
        room -= len(part.jobs)
    left = plan.left + Counter({"beyond --limit": over})
    return replace(plan, jobs=plan.jobs[: chosen.limit], left=left, more=more)


def question_of(plan: Plan, verb: str) -> str:
    """What is asked, by kind of job."""
    kinds = [f"{len(jobs)} {' '.join(filter(None, key[1:4]))}" for key, jobs in plan_table.groups_of(plan)]
    more = [f"{len(kinds) - plan_table.EXAMPLES} more kinds"] if len(kinds) > plan_table.EXAMPLES else []
    return f"{verb} {len(plan.jobs)} jobs: {', '.join([*kinds[: plan_table.EXAMPLES], *more])}?"


def act(session: Session, plan: Plan, chosen: Choice, doing: Doing) -> Outcome:
    """Do what a plan says."""
    from prodcli.books.actions import target_of

    this = recovery(session)
    if not chosen.yes:  # somebody has thought about it for a while; jobs that changed meanwhile are left alone
        this.refresh()
    author = author_of(session, chosen)
    targets = [target_of(job, memory) for job, memory in plan.jobs]
    if doing.acts is not None:
        return doing.acts(targets, author, plan.parameters)
    if doing.deed is None:
        raise ValueError(f"{doing.verb.name} has nothing to do")
    return this.act(doing.verb, targets, author, doing.deed, dict(plan.parameters))


def author_of(session: Session, chosen: Choice) -> Author:
    """Who acts, and why."""
    from prodcli.books.actions import Author

    return Author(notes.author_of(""), recovery(session).me, chosen.reason)


def _tell(session: Session, plan: Plan, chosen: Choice, verb: str, outcomes: Mapping[str, Outcome]) -> None:
    if chosen.style is options.Style.JSON:
        session.show_json(plan_table.done_of(plan, verb, outcomes))
    elif chosen.style is options.Style.CSV:
        session.show(plan_table.whole_table(plan, verb), chosen.style)
    else:
        for part, name in ((plan, verb), *((part, doing.verb.name) for part, doing in plan.more)):
            if name in outcomes:
                session.summarize(came_of(part, name, outcomes[name]))


def came_of(plan: Plan, verb: str, outcome: Outcome) -> str:
    """What came of it, in a line."""
    busy = len(plan.jobs) - outcome.jobs
    left = f"; {busy} had changed meanwhile, or are in another action" if busy else ""
    return f"{verb}: {outcome.jobs} jobs, {outcome.changed} have another state by now{left}"


def show(session: Session, plan: Plan, chosen: Choice, verb: str) -> None:
    """Show what a plan would do."""
    if chosen.style is options.Style.JSON:
        session.show_json(plan_table.done_of(plan, verb, {}))
        return
    table = plan_table.whole_table(plan, verb)
    table.note = "\n".join(words_of(plan, chosen.dry_run))
    if chosen.yes or chosen.dry_run:
        session.summarize_table(table, chosen.style)
    else:
        session.show(table, chosen.style)
    sys.stdout.flush()


def words_of(plan: Plan, dry_run: bool) -> list[str]:
    """What is to be said below its table."""
    from prodcli.recovery.recovery import left_out

    nowhere = f"no such job is {' or '.join(_PLACES[place] for place in plan.places)}, as the books have it"
    none = [] if plan.total else ["nothing to do" if plan.left else nowhere]
    return [*none, *plan.notes, *left_out(plan.left), *(["dry run: nothing was changed"] if dry_run else [])]
