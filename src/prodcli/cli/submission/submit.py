"""prodcli submit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import options
from prodcli.cli.context import Session, current
from prodcli.cli.outputs import erasing
from prodcli.cli.recovery.recovery_session import recovery_of
from prodcli.errors import UsageError

if TYPE_CHECKING:
    from prodcli.planning.plan import Plan
    from prodcli.rules.model import Overrides
    from prodcli.runs.selection import RunSelection
    from prodcli.submission.submit_pass import Pass

EXAMPLE = "Example: prodcli submit -c rules.yaml -r Full_TRKR_CLUSTER --runs 69600 72000 --dry-run"


def submit(
    context: typer.Context,
    config: options.RuleFile,
    rule: options.RuleName = None,
    runs: options.Runs = None,
    runlist: options.RunList = None,
    exclude: options.Exclude = None,
    segments: options.Segments = None,
    mask: options.Mask = None,
    dry_run: options.DryRun = False,
    verbose: options.Verbose = False,
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
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Erase all outputs of these runs, and submit them anew.")
    ] = False,
    keep_files: erasing.KeepFiles = False,
    logs: erasing.Logs = False,
    histograms: erasing.Histograms = False,
    downstream: erasing.Downstream = False,
    wait: erasing.Wait = erasing.WAIT,
    reason: options.Why = "",
    yes: options.Yes = False,
    lenient: options.Lenient = False,
    style: options.Format = options.Style.TABLE,
) -> None:
    """Submit the jobs of a rule; say why others are not submitted.

    No output is submitted twice: outputs in the file catalog or in the books stay as they are. --unblock submits
    outputs in the named states again. --force erases the outputs of the runs first.
    """
    from prodcli.cli.run_options import read_selection
    from prodcli.rules.model import Overrides

    session = current(context)
    if force and (print_query or no_submit or unblock or not (runs or runlist)):
        raise UsageError("--force needs --runs or --runlist, and goes without --unblock, --no-submit, --print-query")
    overrides = Overrides(nevents, mem, priority, physics_mode, cut_segment, onlyseg0)
    this = _pass(
        session,
        config,
        rule,
        lenient,
        overrides,
        read_selection(session, runs, runlist, exclude),
        segments,
        maxjobs or limit,
        maxqueued,
        schedd,
        chunk_size,
        mask,
        looks_only=print_query or dry_run or no_submit,
    )
    if unblock:
        this = _unblocking(session, this, unblock, reason, yes, style, verbose)
    if force:
        _redo(
            session,
            this,
            erasing.Said(keep_files, logs, histograms, downstream, wait, reason, dry_run, yes, style),
            verbose,
        )
    elif print_query:
        _print_query(this, session)
    elif dry_run:
        _show_plan(session, this, style, verbose)
    elif no_submit:
        _show_rendered(session, this, style, verbose)
    else:
        _run(session, this, style, verbose)


def _pass(
    session: Session,
    file: Path,
    name: str | None,
    lenient: bool,
    overrides: Overrides,
    selection: RunSelection,
    segments: list[str] | None,
    maxjobs: int,
    maxqueued: int,
    schedd: str,
    chunk_size: int | None,
    mask: list[str] | None,
    looks_only: bool,
) -> Pass:
    from prodcli.books.claims import Books
    from prodcli.catalogs.catalogs import Catalogs
    from prodcli.exclusions.masks import Mask, masked_hosts
    from prodcli.rules.load import load_rule
    from prodcli.runs.selection import parse_segments
    from prodcli.submission.submit_pass import Pass
    from prodcli.submission.submitter import CHUNK

    chosen = parse_segments(segments or ())
    masks = (Mask(masked_hosts(session.site, mask, "--mask")),) if mask else ()
    rule = load_rule(file, name, session.site, lenient=lenient, overrides=overrides)
    roles = ("daq", "raw", "filecatalog", "production_read")
    catalogs = Catalogs(*(session.database(role, read_only=True) for role in roles))
    books = Books(session.database("production", read_only=looks_only))
    config = session.config
    return Pass(
        rule,
        selection,
        chosen,
        catalogs,
        books,
        session.batch,
        config.campaigns,
        config.templates,
        maxjobs,
        maxqueued,
        session.progress,
        schedd,
        chunk_size or CHUNK,
        masks,
    )


def _unblocking(
    session: Session, this: Pass, words: list[str], reason: str, yes: bool, style: options.Style, verbose: bool
) -> Pass:
    """The pass with the states to unblock, and the question for consent."""
    from dataclasses import replace

    from prodcli.books.actions import Author
    from prodcli.books.claimant import myself
    from prodcli.cli import notes
    from prodcli.cli.consent import named, require_consent
    from prodcli.cli.submission import submit_report
    from prodcli.planning.unblock import in_words, parse_states
    from prodcli.submission.submit_pass import Unblocking

    def consent(plan: Plan) -> None:
        shown = style is options.Style.TABLE
        if shown and not yes:
            submit_report.show_plan(session, plan, style, verbose)
        rows = plan.again()
        question = f"submit --unblock: claim again {in_words(rows)}: {named(sorted(rows))}?"
        require_consent(question, yes, shown)

    author = Author(notes.author_of(""), myself(), notes.reason_of(reason) if reason else "")
    return replace(this, unblocking=Unblocking(parse_states(words), author, consent))


def _redo(session: Session, this: Pass, said: erasing.Said, verbose: bool) -> None:
    """Erase existing outputs, and submit them anew; without existing outputs only submit."""
    from contextlib import nullcontext

    from prodcli.cli.submission import submit_report
    from prodcli.outputs.redo import Redo
    from prodcli.verbs import REDO

    redo = Redo(this, erasing.eraser_of(session, REDO, said))
    wanted = erasing.wanted_of(this.rule, this.runs, this.segments, said)
    with nullcontext() if said.dry_run else redo.lock():
        plan = redo.plan(wanted, said.dry_run)
        erasing.consent(session, plan, said)
        if not said.dry_run:
            submit_report.show_outcome(session, *redo.act(plan, erasing.author_of_erasing(said)), said.style, verbose)


def _print_query(this: Pass, session: Session) -> None:
    """Run the reading statements of a plan, and show each with its values."""
    shown: list[str] = []
    session.trace_queries(lambda name, sql: shown.append(f"-- {name}\n{sql}\n"))
    this.plan()
    session.show_text("\n".join(shown))


def _show_plan(session: Session, this: Pass, style: options.Style, verbose: bool) -> None:
    from prodcli.cli.submission import submit_report

    submit_report.show_plan(session, this.dry_run(), style, verbose)


def _show_rendered(session: Session, this: Pass, style: options.Style, verbose: bool) -> None:
    from prodcli.cli.submission import submit_report

    plan, folder = this.render()
    submit_report.show_plan(session, plan, style, verbose)
    session.say(f"rendered for inspection: {folder}" if folder else "nothing to render")


def _run(session: Session, this: Pass, style: options.Style, verbose: bool) -> None:
    from prodcli.cli.submission import submit_report

    session.keep_log()
    if this.unblocking is not None:
        recovery_of(session).refresh()
    plan, outcome = this.run()
    submit_report.show_outcome(session, plan, outcome, style, verbose)
    plan.unblocked.require_heard()
