"""The options by which recovery verbs choose jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.commands.by_hand import by_hand
from prodcli.cli.complete import complete_codes, complete_states
from prodcli.cli.context import Session, current
from prodcli.cli.option_groups import Verb, takes
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.books.job_filter import JobFilter
    from prodcli.recovery.recovery_plan import JobSelection

States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATES...",
        help="Only jobs in these states: idle, waiting, running, held, evicted ...",
        autocompletion=complete_states,
    ),
]
JobIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="[JOBS]...", help="Jobs and clusters, as for --cluster: 12.3, 12 or 12@schedd."),
]
HoldReason = Annotated[
    str | None, typer.Option("--hold-reason", metavar="TEXT", help="Only jobs whose hold reason contains this text.")
]
Codes = Annotated[
    list[str] | None,
    typer.Option(
        "--code",
        metavar="CODES...",
        help="Only jobs with these hold codes: 34 or 34/102.",
        autocompletion=complete_codes,
    ),
]
Signatures = Annotated[
    list[int] | None,
    typer.Option("--signature", metavar="KEYS...", help="Only jobs in trouble with these keys of diagnose."),
]
Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", metavar="CLUSTERS...", help="Only these: 12, 12.3 or 12@schedd.")
]
Dbids = Annotated[list[int] | None, typer.Option("--dbid", metavar="DBIDS...", help="Only these rows of the books.")]
Nodes = Annotated[
    list[str] | None, typer.Option("--node", metavar="NODES...", help="Only jobs last seen on these nodes.")
]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="AGE", help="Only jobs in their state for longer than 90m, 36h, 7d."),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="JOBS", help="At most this many jobs.")]

_CHOOSE = (
    *(
        "jobs",
        "tag",
        "dsttype",
        "config",
        "rule",
        "runs",
        "segments",
        "state",
        "hold_reason",
        "code",
        "signature",
        "cluster",
        "dbid",
    ),
    *("node", "older_than"),
)


@dataclass(frozen=True)
class JobOptions:
    """The options that choose jobs, with reason, dry run and format."""

    wanted: JobFilter
    any_said: bool
    limit: int | None
    reason: str
    dry_run: bool
    yes: bool
    style: options.Style
    sample: float | None = None

    @property
    def selection(self) -> JobSelection:
        """The chosen jobs; a dry run takes the books as they are."""
        from prodcli.recovery.recovery_plan import JobSelection

        return JobSelection(self.wanted, self.limit, as_booked=self.dry_run, sample=self.sample)

    def sampled(self, fraction: float | None) -> JobOptions:
        """The options for a random part of the jobs; raises UsageError for no fraction."""
        if fraction is not None and not 0 < fraction <= 1:
            raise UsageError("the part must be above 0, and 1 at most", where="--sample", todo="like 0.1")
        return replace(self, sample=fraction)


def _job_options(
    context: typer.Context,
    jobs: JobIds = None,
    tag: options.Tag = None,
    dsttype: options.Dsttype = None,
    config: options.OfFile = None,
    rule: options.OfRule = None,
    runs: options.Runs = None,
    segments: options.Segments = None,
    state: States = None,
    hold_reason: HoldReason = None,
    code: Codes = None,
    signature: Signatures = None,
    cluster: Clusters = None,
    dbid: Dbids = None,
    node: Nodes = None,
    older_than: OlderThan = None,
    limit: Limit = None,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
    *,
    states: str,
) -> JobOptions:
    """The values of the options; `states` is no option: jobs `queued`, `ended` jobs, too, or jobs in `any` state."""
    from prodcli.books.job_filter import ANY, ENDED, STATES, JobFilter, parse_clusters, parse_codes, parse_states
    from prodcli.cli.run_options import read_filter
    from prodcli.runs.selection import parse_segments

    wanted = JobFilter(
        tags=tag or (),
        dsttypes=dsttype or (),
        rules=rule or (),
        runs=read_filter(current(context), runs, None),
        segments=parse_segments(segments or ()),
        states=parse_states(state or (), {"queued": STATES, "ended": (*STATES, *ENDED), "any": ANY}[states]),
        hold_reason=hold_reason,
        codes=parse_codes(code or ()),
        signatures=signature or (),
        clusters=[*parse_clusters(jobs or (), "JOBS"), *parse_clusters(cluster or ())],
        dbids=dbid or (),
        nodes=node or (),
        older=_age(older_than),
    )
    if config is not None:
        wanted = _of_rules(current(context), wanted, config)
    return JobOptions(
        wanted,
        any(by_hand(context, name) for name in _CHOOSE),
        limit,
        notes.reason_of(reason) if reason else "",
        dry_run,
        yes,
        style,
    )


def _age(text: str | None) -> int | None:
    from prodcli.time_text import parse_age

    age = None if text is None else parse_age(text)
    if text is not None and age is None:
        raise UsageError(f"{text!r:.60} is not an age", where="--older-than", todo="like 90m, 36h or 7d")
    return age


def _of_rules(session: Session, wanted: JobFilter, config: Path) -> JobFilter:
    from prodcli.cli.run_options import rules_of

    rules = rules_of(session, config, wanted.rules)
    names, tags = [rule.name for rule in rules], sorted({rule.outtriplet for rule in rules})
    dataset, *others = dict.fromkeys(rule.params.dataset for rule in rules)
    if others:
        raise UsageError("the rules are of several datasets", where="--rule", todo="choose rules of one dataset")
    return replace(wanted, rules=names, tags=wanted.tags or tags, dataset=dataset)


def chooses_jobs(function: Verb) -> Verb:
    """Give a verb the options that choose jobs; the verb gets their values as its second argument."""
    return takes(_job_options, states="queued")(function)


def chooses_reports(function: Verb) -> Verb:
    """Give a reporting verb the options that choose jobs: without --yes and --reason."""
    return takes(_job_options, {"reason", "yes"}, states="queued")(function)


def chooses_ended(function: Verb) -> Verb:
    """Give a verb the options that choose jobs, for jobs in a queue and failed jobs."""
    return takes(_job_options, states="ended")(function)


def chooses_parked(function: Verb) -> Verb:
    """Give a verb about parked jobs the options that choose jobs, without --state."""
    return takes(_job_options, {"state"}, states="queued")(function)


def reports_parked(function: Verb) -> Verb:
    """Give a reporting verb about parked jobs the options that choose jobs, without --state, --yes and --reason."""
    return takes(_job_options, {"state", "reason", "yes", "dry_run"}, states="queued")(function)


def chooses_any(function: Verb) -> Verb:
    """Give a reporting verb the options that choose jobs in any state."""
    return takes(_job_options, {"jobs", "reason", "yes", "dry_run", "limit", "style"}, states="any")(function)
