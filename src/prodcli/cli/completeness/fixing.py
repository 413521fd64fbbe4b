"""`check --fix`: show the verbs that help as a curator would type them, ask, and run them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prodcli.cli import options
from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.folding import fold_many
from prodcli.cli.context import Session, current
from prodcli.errors import ProdError

if TYPE_CHECKING:
    import typer

    from prodcli.completeness.check import Check
    from prodcli.completeness.fixes import Fix
    from prodcli.completeness.result import CheckResult
    from prodcli.tables.table import Cell


@dataclass(frozen=True)
class Proposal:
    """A fix, and the words of its command after `prodcli`."""

    fix: Fix
    words: Sequence[str]

    @property
    def command(self) -> str:
        """The command as a curator would type it."""
        return f"prodcli {shlex.join(self.words)}"

    @property
    def data(self) -> dict[str, Cell]:
        """The proposal as it is shown."""
        one = self.fix
        how = "by hand" if one.by_hand else "--fix"
        return {"fix": " ".join(one.verb), "outputs": one.count, "why": one.why, "how": how, "command": self.command}


@dataclass(frozen=True)
class Answers:
    """How --fix asks and shows."""

    dry_run: bool
    yes: bool
    style: options.Style


def proposed(session: Session, check: Check, result: CheckResult) -> list[Proposal]:
    """The verbs that help, as far as this prodcli has them."""
    from prodcli.completeness.fixes import fixes_of

    known = [one for one in fixes_of(result, _open_runs(session, check, result)) if one.verb[0] in ENTRIES]
    return [Proposal(one, _words(one, result)) for one in known]


def _open_runs(session: Session, check: Check, result: CheckResult) -> list[int]:
    """The complete runs whose data has no state yet; none where only segments were checked, or no books."""
    from prodcli.catalogs.file_search import FileFilter, dsttypes_called
    from prodcli.data_states.states import DataState, noted_states
    from prodcli.runs.selection import RunSelection

    rule, runs = check.rule, result.complete_runs
    if not runs or check.segments is not None or check.files is None or check.files.books is None:
        return []
    dsttypes = dsttypes_called(session.site, rule.params.dsttype)
    wanted = FileFilter(RunSelection((), frozenset(runs)), None, dsttypes, [rule.outtriplet], rule.booked_dataset)
    settled = {one.data.run for one in noted_states(check.files.books, wanted) if one.state is not DataState.OPEN}
    return [run for run in runs if run not in settled]


def fix(context: typer.Context, result: CheckResult, fixes: Sequence[Proposal], said: Answers) -> None:
    """Show the fixes, ask, and run those that lose nothing; raises ProdError if there are none of these."""
    from prodcli.cli.consent import require_consent

    session = current(context)
    if said.style is not options.Style.JSON:
        _show(session, fixes, said)
    if said.dry_run:
        return
    runnable = [one for one in fixes if not one.fix.by_hand]
    if not runnable:
        raise ProdError(f"{result.told}: nothing that --fix could run helps", where=result.rule.name)
    verbs = ", ".join(" ".join(one.fix.verb) for one in runnable)
    question = f"Run {len(runnable)} commands ({verbs})?"
    require_consent(question, said.yes, shown=said.style is options.Style.TABLE)
    for one in runnable:
        session.say(one.command)
        _run(context, one.fix, [*one.words, *(["--yes"] if one.fix.asks else [])])
    session.summarize("check --fix: done; check again")


def _run(context: typer.Context, one: Fix, words: Sequence[str]) -> None:
    """Run a verb in this session, as if it had been typed."""
    root: Any = context.find_root()
    command = root.command.commands[one.verb[0]]
    with command.make_context(one.verb[0], fold_many(words[1:]), parent=root) as below:
        command.invoke(below)


def _words(one: Fix, result: CheckResult) -> list[str]:
    """The words of a verb."""
    rule = ["-c", result.rule.file, "-r", result.rule.name] if one.rule_file else []
    segments = [f"--segments={','.join(map(str, one.segments))}"] if one.segments else []
    runs = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in one.runs.spans)
    return [*one.verb, *rule, f"--runs={runs}", *segments, *one.more]


def _show(session: Session, fixes: Sequence[Proposal], said: Answers) -> None:
    from prodcli.tables.table import Column, Kind, Table

    rows: list[list[Cell]] = [list(one.data.values()) for one in fixes]
    notes = ["dry run: nothing was changed"] if said.dry_run else []
    columns = (
        *(Column("fix"), Column("outputs", kind=Kind.COUNT), Column("why"), Column("how")),
        Column("command", kind=Kind.COMMAND),
    )
    session.show(Table(columns, rows, note="\n".join(notes)), said.style)
