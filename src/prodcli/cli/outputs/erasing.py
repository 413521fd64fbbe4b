"""Parts that `remove` and `submit --force` share: options, the preview by kind, and the word to type."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session
from prodcli.cli.recovery.recovery_session import recovery_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prodcli.books.actions import Action
    from prodcli.cli.output import Cell
    from prodcli.outputs.erase import Eraser, Order
    from prodcli.outputs.inventory import Erasable, Wanted
    from prodcli.rules.model import Rule
    from prodcli.runs.selection import RunSelection
    from prodcli.verbs import Verb

_EXAMPLES = 3
KeepFiles = Annotated[bool, typer.Option("--keep-files", help="Erasing: keep the files on disk.")]
Logs = Annotated[bool, typer.Option("--logs", help="Erasing: also logs, stdout and stderr of the jobs.")]
Histograms = Annotated[bool, typer.Option("--histograms", help="Erasing: also histograms.")]
Downstream = Annotated[bool, typer.Option("--downstream", help="Erasing: also outputs that were made from them.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, metavar="SECONDS", help="Erasing: longest wait for removed jobs to leave.")
]
WAIT = 300.0


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


def wanted_of(rule: Rule, runs: RunSelection, segments: RunSelection | None, said: Said) -> Wanted:
    """The outputs to find, by the options."""
    from prodcli.outputs.inventory import Wanted

    return Wanted(rule, runs, segments, not said.keep_files, said.logs, said.histograms, said.downstream)


def erase(
    session: Session, verb: Verb, wanted: Wanted, said: Said, submit: Callable[[Action], None] | None = None
) -> bool:
    """Show the inventory, ask for the word, erase, and `submit` anew; False if nothing was done."""
    from prodcli.cli.consent import named, require_word
    from prodcli.db.schema import require_current

    eraser, order = _eraser(session, verb, wanted, said)
    require_current(eraser.books)
    if not said.dry_run:
        session.keep_log()
        eraser.refresh()
    found = eraser.find(wanted)
    live = eraser.live(found.rows).queued
    if said.style is options.Style.TABLE or said.dry_run or not found.outputs:
        _show(session, found, len(live), said)
    if said.dry_run or not found.outputs:
        return False
    word = verb.name.rpartition("-")[2]
    what = f"{len(found.outputs)} outputs of {wanted.rule.name}: {named(sorted(found.outputs))}"
    require_word(f"{verb.name}: erase {what}?", word, said.yes, shown=said.style is options.Style.TABLE)
    action = eraser.run(found, wanted, order, submit or (lambda action: None))
    _done(session, found, action, eraser, said)
    return True


def _eraser(session: Session, verb: Verb, wanted: Wanted, said: Said) -> tuple[Eraser, Order]:
    from prodcli.books.actions import Author
    from prodcli.outputs.erase import Eraser, Order
    from prodcli.rules.layout import Layout

    rule = wanted.rule
    recover = recovery_of(session, said.dry_run)
    author = Author(notes.author_of(""), recover.me, notes.reason_of(said.reason) if said.reason else "")
    parameters = {"rule": rule.name, "tag": rule.outtriplet, "runs": str(wanted.runs)}
    more = ("keep_files", "logs", "histograms", "downstream")
    flags = {name: True for name in more if getattr(said, name)}
    order = Order(verb, author, said.wait, Layout(rule).batch_name, parameters | flags)
    books, catalog = (session.database(name, read_only=said.dry_run) for name in ("production", "filecatalog"))
    folder = session.config.campaigns / rule.name / rule.outtriplet
    return Eraser(books, catalog, session.batch, recover, folder, session.progress), order


def _show(session: Session, found: Erasable, live: int, said: Said) -> None:
    from prodcli.cli.output import Table

    if said.style is options.Style.JSON:
        session.show_json(_data(found, live, None))
        return
    rows = [[kind, count, size, ", ".join(examples)] for kind, count, size, examples in _kinds(found, live)]
    table = Table(("what", "count", "bytes", "examples"), rows, note="\n".join(_words(found, said)))
    (session.summarize_table if said.yes or said.dry_run else session.show)(table, said.style)
    sys.stdout.flush()


def _words(found: Erasable, said: Said) -> list[str]:
    left = [f"{len(paths)} files are left alone, {why}: {paths[0]}" for why, paths in found.left.items()]
    below = [f"{len(found.below)} outputs made from these stay (--downstream takes them, too)"] if found.below else []
    nothing = [] if found.outputs else ["there is nothing of these runs"]
    return [*left, *below, *nothing, *(["dry run: nothing was changed"] if said.dry_run else [])]


def _kinds(found: Erasable, live: int) -> list[tuple[str, int, Cell, list[str]]]:
    """The inventory: count, bytes and some names of each kind."""
    rows: list[tuple[str, int, Cell, list[str]]] = [("jobs in queues", live, None, [])] if live else []
    for kind, files in found.files.items():
        size = sum(file.size for file in files)
        rows.append((f"{kind} on disk", len(files), size, [file.path for file in files[:_EXAMPLES]]))
    outputs = list(found.outputs.values())
    catalogued = [one for one in outputs if one.catalogued]
    if catalogued:
        rows.append(("in the file catalog", len(catalogued), sum(one.size for one in catalogued), _named(catalogued)))
    booked = [one for one in outputs if one.seen is not None]
    if booked:
        rows.append(("in the books", len(booked), None, _named(booked)))
    below = [one for one in outputs if one.downstream]
    if below:
        rows.append(("of all, made from these", len(below), None, _named(below)))
    if found.below:
        rows.append(("made from these, and stay", len(found.below), None, _named(found.below)))
    return rows


def _named(outputs: Iterable[object]) -> list[str]:
    return [str(getattr(one, "filename", "")) for one in list(outputs)[:_EXAMPLES]]


def _data(found: Erasable, live: int, action: Action | None) -> dict[str, object]:
    kinds = [dict(zip(("what", "count", "bytes", "examples"), row, strict=True)) for row in _kinds(found, live)]
    return {
        "outputs": len(found.outputs),
        "kinds": kinds,
        "left": {why: len(paths) for why, paths in found.left.items()},
        "action": None if action is None else {"id": action.id, "outputs": len(action.outputs)},
    }


def _done(session: Session, found: Erasable, action: Action, eraser: Eraser, said: Said) -> None:
    if action.verb.keeps_rows:
        return  # the submission has been shown
    if said.style is options.Style.JSON:
        session.show_json(_data(found, 0, action))
        return
    busy = len(found.outputs) - len(action.outputs)
    more = f"; {busy} had changed meanwhile, or are in another action" if busy else ""
    session.summarize(f"{action.verb.name}: {len(action.outputs)} outputs erased{more}")
    if found.files:
        session.summarize(f"deleted files are listed in {eraser.folder}/erased-{action.id}.txt")
