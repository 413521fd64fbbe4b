"""Parts that `erase` and `submit --force` share: options, the preview by kind, and the word to type."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session
from prodcli.cli.recovery.recovery_session import author_of, recovery_of

if TYPE_CHECKING:
    from prodcli.books.actions import Author
    from prodcli.outputs.erase import EraseOutcome, ErasePlan, Eraser
    from prodcli.outputs.inventory import Wanted
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection
    from prodcli.verbs import Verb

KeepFiles = Annotated[bool, typer.Option("--keep-files", help="Erasing: keep the files on disk.")]
Logs = Annotated[bool, typer.Option("--logs", help="Erasing: also logs, stdout and stderr of the jobs.")]
Histograms = Annotated[bool, typer.Option("--histograms", help="Erasing: also histograms.")]
Downstream = Annotated[bool, typer.Option("--downstream", help="Erasing: also outputs that were made from them.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="Erasing: longest wait for removed jobs to leave.")
]
KINDS = frozenset({"keep_files", "logs", "histograms", "downstream", "wait"})  # options of what goes, and how


@dataclass(frozen=True)
class Said:
    """The options of the command line for erasing."""

    keep_files: bool
    logs: bool
    histograms: bool
    downstream: bool
    wait: float
    reason: str
    dry_run: bool
    yes: bool
    style: options.Style


def erasing_options(
    context: typer.Context,
    keep_files: KeepFiles = False,
    logs: Logs = False,
    histograms: Histograms = False,
    downstream: Downstream = False,
    wait: Wait = 300.0,
    reason: options.Why = "",
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> Said:
    """The group of options of a verb that erases."""
    return Said(keep_files, logs, histograms, downstream, wait, reason, dry_run, yes, style)


def wanted_of(rule: Rule, runs: RunSelection, segments: RunSelection | None, said: Said) -> Wanted:
    """The outputs to find, by the options."""
    from prodcli.outputs.inventory import Wanted

    return Wanted(rule, runs, segments, not said.keep_files, said.logs, said.histograms, said.downstream)


def eraser_of(session: Session, verb: Verb, said: Said) -> Eraser:
    """What erases, with the databases and the batch system of the session; a dry run writes nothing."""
    from prodcli.outputs.erase import Eraser

    catalog = session.database("filecatalog", read_only=said.dry_run)
    if not said.dry_run:
        session.keep_log()
    return Eraser(recovery_of(session, said.dry_run), catalog, said.wait, verb)


def author_of_erasing(said: Said) -> Author:
    """Who erases, and why."""
    return author_of(notes.reason_of(said.reason) if said.reason else "")


def consent(session: Session, plan: ErasePlan, said: Said) -> bool:
    """Show the inventory, and ask for the word; False if there is nothing to do."""
    from prodcli.cli.consent import named, require_word

    found = plan.preview.outputs
    if said.style is options.Style.TABLE or said.dry_run or not found:
        show(session, plan, said)
    if said.dry_run or not found:
        return False
    name = plan.verb.name
    question = f"Erase {len(found)} outputs of {plan.wanted.rule.name}: {named(found)}?"
    require_word(question, name.rpartition("-")[2], said.yes, shown=said.style is options.Style.TABLE)
    return True


def show(session: Session, plan: ErasePlan, said: Said) -> None:
    """Show the inventory by kind."""
    from prodcli.cli.outputs.kinds_of_files import table_of

    if said.style is options.Style.JSON:
        session.show_json(_data(plan))
        return
    preview = plan.preview
    rows = [(one.what, one.count, one.size, one.examples) for one in preview.kinds]
    words = [*preview.notes, *(["dry run: nothing was changed"] if said.dry_run else [])]
    table = table_of(rows, "\n".join(words))
    (session.summarize_table if said.yes or said.dry_run else session.show)(table, said.style)
    sys.stdout.flush()


def _data(plan: ErasePlan, outcome: EraseOutcome | None = None) -> dict[str, object]:
    preview = plan.preview if outcome is None else replace(plan.preview, live=0)
    kinds = [
        {"what": one.what, "count": one.count, "bytes": one.size, "examples": list(one.examples)}
        for one in preview.kinds
    ]
    action = None if outcome is None else {"id": outcome.action.id, "outputs": len(outcome.action.outputs)}
    left = {why: len(paths) for why, paths in plan.found.left.items()}
    return {"outputs": len(plan.found.outputs), "kinds": kinds, "left": left, "action": action}


def tell(session: Session, plan: ErasePlan, outcome: EraseOutcome, said: Said) -> None:
    """Show what was erased."""
    from prodcli.sizes import counted

    if said.style is options.Style.JSON:
        session.show_json(_data(plan, outcome))
        return
    erased = len(outcome.action.outputs)
    busy = len(plan.found.outputs) - erased
    more = f"; {busy} had changed meanwhile, or are in another action" if busy else ""
    session.summarize(f"{erased} of {counted(len(plan.found.outputs), 'output')} erased{more}")
    if plan.found.files:
        session.summarize(f"deleted files are listed in {outcome.listing}")
