"""prodcli submit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.complete import complete_blocking
from prodcli.cli.context import Session
from prodcli.cli.health.demand import WithPreflight, demanded
from prodcli.cli.option_groups import takes
from prodcli.cli.outputs import erasing
from prodcli.cli.recovery.recovery_session import recovery_of
from prodcli.cli.rules.rule_options import RuleChoice, chooses_segments
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.cli.submission.submit_report import SubmitReport
    from prodcli.rules.model import Rule
    from prodcli.submission.submit_pass import Pass
    from prodcli.submission.submitter import Outcome

EXAMPLE = "Example: prodcli submit -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="List every run, and all that is left out.")]
Jobs = Annotated[bool, typer.Option("--jobs", "-vv", help="List every job with its arguments and files.")]

Scout = Annotated[
    int,
    typer.Option(
        "--scout", min=0, metavar="JOBS", help="Submit so many of the jobs, drawn from all, under the tag scout1-TAG."
    ),
]
AfterScouts = Annotated[bool, typer.Option("--after-scouts", help="Submit only if the scouts of the rule say go.")]


@chooses_segments
@takes(erasing.erasing_options, without={"dry_run"})
def submit(
    context: typer.Context,
    said: erasing.Said,
    chosen: RuleChoice,
    mask: options.Mask = None,
    dry_run: options.DryRun = False,
    verbose: Verbose = False,
    every_job: Jobs = False,
    no_submit: Annotated[bool, typer.Option("--no-submit", help="Render the submit files; submit nothing.")] = False,
    print_query: Annotated[
        bool, typer.Option("--print-query", help="Show the SQL with values; submit nothing.")
    ] = False,
    maxjobs: Annotated[int, typer.Option("--maxjobs", min=0, help="Submit at most this many jobs; 0: all.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=0, hidden=True)] = 0,
    maxqueued: options.MaxQueued = options.MAXQUEUED,
    schedd: options.Schedd = "",
    chunk_size: Annotated[
        int | None, typer.Option("--chunk-size", min=1, help="Most jobs in a cluster; 10000.")
    ] = None,
    nevents: options.Events = 0,
    mem: options.Memory = None,
    priority: options.Priority = None,
    physics_mode: Annotated[
        str | None, typer.Option("--physics-mode", help="Runtype, also in paths of outputs.")
    ] = None,
    cut_segment: Annotated[
        int | None, typer.Option("--cut-segment", min=1, help="Only segments divisible by this.")
    ] = None,
    onlyseg0: Annotated[bool | None, typer.Option("--onlyseg0/--no-onlyseg0", help="Combine segment 0 only.")] = None,
    unblock: Annotated[
        list[str] | None,
        typer.Option(
            "--unblock",
            metavar="STATES...",
            help="Also submit outputs in these states, once their jobs are gone: failed, lost, held ...",
            autocompletion=complete_blocking,
        ),
    ] = None,
    preflight: WithPreflight = False,
    scout: Scout = 0,
    after_scouts: AfterScouts = False,
    force: Annotated[
        bool, typer.Option("--force", help="Erase all outputs of these runs, and submit them anew.")
    ] = False,
) -> None:
    """Submit the jobs of a rule; say why others are not submitted.

    No output is submitted twice: outputs in the file catalog or in the books stay as they are. --unblock submits
    outputs in the named states again. --force erases the outputs of the runs first.
    """
    from prodcli.cli.submission.pass_options import masks_of, order_of, pass_resources
    from prodcli.cli.submission.submit_report import SubmitReport
    from prodcli.config.service_terms import Demands
    from prodcli.rules.model import Overrides
    from prodcli.scouts.measured import next_scout
    from prodcli.submission.pass_request import CHUNK, PassRequest, SubmitLimits
    from prodcli.submission.submit_pass import Pass

    session = chosen.session
    if force and (print_query or no_submit or unblock or not chosen.names_runs):
        raise UsageError("--force needs --runs or --runlist, and goes without --unblock, --no-submit, --print-query")
    report = SubmitReport(session, said.style, verbose or every_job, every_job)
    if scout and (force or unblock or after_scouts):
        raise UsageError("--scout goes without --force, --unblock and --after-scouts")
    overrides = Overrides(nevents, mem, priority, physics_mode, cut_segment, onlyseg0)
    rule = chosen.rule_with(overrides)
    if after_scouts:
        _require_go(session, rule)
    wanted = PassRequest(
        runs=chosen.selection_of(rule),
        segments=chosen.segments,
        masks=masks_of(session, mask),
        rule=next_scout(session.database("production", read_only=True), rule) if scout else rule,
        sample=scout,
        schedd=schedd,
        limits=SubmitLimits(maxjobs=maxjobs or limit, maxqueued=maxqueued, chunk_size=chunk_size or CHUNK),
        unblocking=order_of(report, unblock, said.reason, said.yes) if unblock else None,
    )
    looks_only = print_query or dry_run or no_submit
    this = Pass(wanted, pass_resources(session, looks_only, demanded(session, preflight, Demands.SUBMIT)))
    if force:
        _redo(this, replace(said, dry_run=dry_run), report)
    elif print_query:
        _print_query(this, session)
    elif dry_run:
        report.show_plan(this.dry_run())
    elif no_submit:
        _show_rendered(this, report)
    else:
        outcome = _run(this, report, said.reason)
        if scout:
            session.say(f"once they have ended: prodcli scout -c {chosen.file} -r {rule.name}")
        elif chosen.segments is None:
            _move_cursor(this, outcome, session, chosen.runs)


def _require_go(session: Session, rule: Rule) -> None:
    """Raise ProdError unless the scouts of the rule say go."""
    from prodcli.scouts.measured import compared, require_go

    require_go(compared(session.database("production", read_only=True), rule))


def _redo(this: Pass, said: erasing.Said, report: SubmitReport) -> None:
    """Erase existing outputs, and submit them anew; without existing outputs only submit."""
    from contextlib import nullcontext

    from prodcli.outputs.redo import Redo
    from prodcli.verbs import REDO

    redo = Redo(this, erasing.eraser_of(report.session, REDO, said))
    outputs = erasing.wanted_of(this.wanted.rule, this.wanted.runs, this.wanted.segments, said)
    with nullcontext() if said.dry_run else redo.lock():
        plan = redo.plan(outputs, said.dry_run)
        erasing.consent(report.session, plan, said)
        if not said.dry_run:
            report.show_outcome(redo.act(plan, erasing.author_of_erasing(said)))


def _print_query(this: Pass, session: Session) -> None:
    """Run the reading statements of a plan, and show each with its values."""
    shown: list[str] = []
    session.trace_queries(lambda name, sql: shown.append(f"-- {name}\n{sql}\n"))
    this.plan()
    session.show_text("\n".join(shown))


def _show_rendered(this: Pass, report: SubmitReport) -> None:
    plan, folder = this.render()
    report.show_plan(plan)
    report.session.say(f"rendered for inspection: {folder}" if folder else "nothing to render")


def _note(this: Pass, outcome: Outcome, session: Session, reason: str) -> None:
    """Write a pass that submitted jobs into the log."""
    from prodcli.cli.notes import note_action
    from prodcli.sizes import counted

    if not outcome.jobs:
        return
    rule, clusters = this.wanted.rule, [f"{one.cluster}@{one.schedd}" for one in outcome.submitted]
    result = f"{counted(outcome.jobs, 'job')} submitted"
    jobs = outcome.jobs
    note_action(session, "submit", result, reason, jobs=jobs, rule=rule.name, tag=rule.outtriplet, clusters=clusters)


def _move_cursor(this: Pass, outcome: Outcome, session: Session, words: list[str] | None) -> None:
    """Move the cursor of the rule as it says, after a pass over the runs from it on; a failure costs a warning."""
    from prodcli.cli.notes import author_of, note_action
    from prodcli.cursors.follow import Follower, move_after_pass
    from prodcli.errors import ProdError

    rule, outside = this.wanted.rule, this.outside
    follower = Follower(outside.books.database, outside.catalogs.daq)
    try:
        moved = move_after_pass(follower, rule, outcome.plan, words, author_of(""))
    except ProdError as failure:
        session.warn(f"the cursor of {rule.product} stays where it is: {failure}")
        return
    if moved is not None and moved.after is not None:
        note_action(session, f"cursor {moved.after.moves}", str(moved), rule=rule.name, tag=rule.outtriplet)
        session.say(f"the cursor of {rule.product} moves: {moved}")


def _run(this: Pass, report: SubmitReport, reason: str) -> Outcome:
    from prodcli.recovery.recovery_plan import finished_instead

    report.session.keep_log()
    if this.wanted.unblocking is not None:
        recovery = recovery_of(report.session)
        recovery.refresh()
        for line in finished_instead(recovery.finish_proved_of(this.wanted.unblocked_jobs), dry_run=False):
            report.session.say(line)
    outcome = this.run()
    report.show_outcome(outcome)
    _note(this, outcome, report.session, reason)
    outcome.plan.unblocked.require_heard()
    return outcome
