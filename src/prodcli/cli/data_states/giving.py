"""Give data a state: preview, question, work; what was made from the data is told, or gets the state, too."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodcli.cli import notes, options
from prodcli.cli.context import Session
from prodcli.data_states.states import UNFIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prodcli.catalogs.file_search import FileFilter
    from prodcli.data_states.marking import FoundData, Marker, MarkPlan
    from prodcli.data_states.states import DataState
    from prodcli.tables.table import Cell, Table

Downstream = Annotated[bool, typer.Option("--downstream", help="Also data that was made from this data.")]


@dataclass(frozen=True)
class HowToGive:
    """How a state is given: why, by whom, to what was made from the data, too, and what is shown and asked."""

    reason: str
    author: str
    downstream: bool
    dry_run: bool
    yes: bool
    style: options.Style


def how_to_give(
    context: typer.Context,
    reason: notes.Reason,
    author: notes.Author = "",
    downstream: Downstream = False,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    style: options.Format = options.Style.TABLE,
) -> HowToGive:
    """The group of options that say how a state is given."""
    return HowToGive(reason, author, downstream, dry_run, yes, style)


@dataclass(frozen=True)
class StateGiving:
    """A verb that gives data a state, by its name in the log; an `address` is that of a level of a production."""

    session: Session
    verb: str
    state: DataState
    how: HowToGive
    address: str = ""

    @cached_property
    def marker(self) -> Marker:
        """What finds data, and writes its state; a dry run writes nothing."""
        from prodcli.data_states.marking import Marker

        books = self.session.database("production", read_only=self.how.dry_run)
        return Marker(books, self.session.database("filecatalog", read_only=True))

    def give(self, wanted: Sequence[FileFilter]) -> None:
        """Show what data of some selections gets the state, ask, and write the state."""
        reason = notes.reason_of(self.how.reason)
        self._act(*self._with_made(self.marker.plan(wanted, self.state)), reason)

    def _with_made(self, plan: MarkPlan) -> tuple[MarkPlan, str]:
        """The plan, with what was made from its data if that is asked for; else the number of those in words."""
        if not self.how.downstream and self.state not in UNFIT:
            return plan, ""
        made = self.marker.made_from(plan, self.session.site)
        if self.how.downstream:
            return plan.and_also(made), ""
        return plan, made_in_words(made, self._family)

    def _act(self, plan: MarkPlan, made: str, reason: str) -> None:
        from prodcli.cli.consent import require_consent
        from prodcli.sizes import counted

        how, session, changed = self.how, self.session, plan.changed
        table, shown = self._preview(plan, made), how.style is options.Style.TABLE
        if how.dry_run or shown or not changed:
            (session.summarize_table if how.yes else session.show)(table, how.style)
            sys.stdout.flush()
        if how.dry_run or not changed:
            return
        runs = len({one.data.run for one in changed})
        require_consent(f"Call data of {counted(runs, 'run')} {self._word}?", how.yes, shown)
        session.keep_log()
        done = self.marker.act(plan, reason, notes.author_of(how.author))
        about: dict[str, Any] = {"address": self.address} if self.address else {}
        notes.note_action(session, self.verb, f"{done} now {self._word}", reason, how.author, **about)
        if shown:
            busy = len(changed) - done
            session.summarize(f"{done} now {self._word}{f'; {busy} had changed meanwhile' if busy else ''}")
        else:
            session.show(table, how.style)

    @cached_property
    def _family(self) -> Callable[[str], str]:
        """The name of a dsttype without its host."""
        from prodcli.reports.families import Families

        return Families(self.session.site).of_dsttype

    @property
    def _word(self) -> str:
        return "on tape" if self.state.value == "tape" else self.state.value

    def _preview(self, plan: MarkPlan, made: str) -> Table:
        """What changes by tag, dsttype and old state; for people hosts are one line."""
        from prodcli.tables.table import Column, Kind, Table

        family = self._family if self.how.style is options.Style.TABLE else str
        groups: dict[tuple[str, ...], list[FoundData]] = defaultdict(list)
        for one in plan.changed:
            groups[one.data.tag, one.data.dataset, family(one.data.dsttype), one.state.value].append(one)
        rows: list[list[Cell]] = [
            [tag, dataset, _with_hosts(dsttype, found), state, plan.state.value,
             runs_of((one.data.run for one in found), self.how.style), len(found),
             sum(one.files for one in found), sum(one.size for one in found)]
            for (tag, dataset, dsttype, state), found in groups.items()
        ]  # fmt: skip
        same, lacking = sum(one.state is plan.state for one in plan.found), len(plan.without_files)
        words = [f"{same} more are {self._word} already"] if same else []
        words += [f"{lacking} more have no file in the catalog, and keep their state"] if lacking else []
        words += [made] if made else []
        words += [] if rows else ["there is nothing to change"]
        words += ["dry run: nothing was changed"] if self.how.dry_run else []
        columns = (
            *(Column("tag", shared=True), Column("dataset", shared=True), Column("dsttype"), Column("state")),
            *(Column("new"), Column("runs"), Column("count", kind=Kind.COUNT, level=2)),
            *(Column("files", kind=Kind.COUNT, level=1), Column("bytes", "size", Kind.BYTES, level=1)),
        )
        return Table(columns, rows, note="\n".join(words))


def _with_hosts(dsttype: str, found: Iterable[FoundData]) -> str:
    """`DST_STREAMING_EVENT x63` for data of 63 hosts."""
    hosts = {one.data.dsttype for one in found}
    return f"{dsttype} x{len(hosts)}" if hosts != {dsttype} else dsttype


def made_in_words(made: MarkPlan, family: Callable[[str], str]) -> str:
    """`12 made from these keep their state: DST_TRKR_SEED (3 validated) ...`; empty if nothing was made."""
    runs: dict[str, list[FoundData]] = defaultdict(list)
    for one in made.changed:
        runs[family(one.data.dsttype)].append(one)
    if not runs:
        return ""
    each = [f"{len(found)} of {dsttype}{_validated(found)}" for dsttype, found in runs.items()]
    return f"made from this data: {', '.join(each)}; they keep their state (--downstream: these, too)"


def _validated(found: Sequence[FoundData]) -> str:
    number = sum(one.state.value == "validated" for one in found)
    return f" ({number} validated)" if number else ""


def runs_of(runs: Iterable[int], style: options.Style) -> str:
    """Runs in words: whole for programs, of a long list its length and ends for people."""
    from prodcli.runs.selection import RunSelection

    chosen = RunSelection((), frozenset(runs))
    if style is options.Style.TABLE:
        return str(chosen)
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in chosen.spans)
