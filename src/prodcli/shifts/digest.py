"""The digest of a time: how far productions are, what is wrong, who did what, and what changed since the last digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from prodcli.automation.loops_of_books import silent_loops
from prodcli.books import actions
from prodcli.books.filters import Filters
from prodcli.diagnosis.diagnose import diagnose
from prodcli.diagnosis.failure_question import FailureQuestion
from prodcli.estimates.estimate_table import by_campaign
from prodcli.estimates.finish_times import interval
from prodcli.estimates.paces import read_knowledge
from prodcli.reports.books_report import Question
from prodcli.reports.status import status_lines
from prodcli.reports.trouble import held
from prodcli.services.booked import Outages, services_now
from prodcli.services.states import ServiceState
from prodcli.shifts import people, tag_progress, troubles
from prodcli.shifts.figures import Change, Figures, changes
from prodcli.shifts.tag_progress import Ends, TagProgress
from prodcli.sizes import counted
from prodcli.tables.arrange import arranged
from prodcli.tables.table import Cell, Column, Table
from prodcli.time_text import clock_time

if TYPE_CHECKING:
    from prodcli.automation.loops_of_books import BookedLoop
    from prodcli.automation.starvation import Starvation
    from prodcli.db import Database, Transaction
    from prodcli.diagnosis.diagnose import SignatureLine
    from prodcli.error_catalog.catalog import ErrorCatalog
    from prodcli.services.states import Outage
    from prodcli.shifts.kept_digests import KeptDigest
    from prodcli.shifts.span import Span


_HELD = ("tag", "dsttype", "reason", "num_held", "num_parked", "asked_min", "asked_max", "used_min", "used_max")


class Section(NamedTuple):
    """A part of a digest: its key for programs, its heading, and its table."""

    key: str
    heading: str
    table: Table


@dataclass(frozen=True)
class Digest:
    """The digest of a time; states are those of `now`, in seconds since 1970. `before` is the digest to compare with.

    `tags` empty: all. `name` gives the name under which dsttypes are folded. Each property reads the books once, and raises
    DatabaseError if they cannot be read.
    """

    books: Database
    replica: Database
    errors: ErrorCatalog
    span: Span
    now: int
    tags: Sequence[str] = ()
    name: Callable[[str], str] = str
    before: KeptDigest | None = None

    def sections(self) -> Iterator[Section]:
        """The parts that have something to say."""
        for one in self.every():
            if one.table.rows:
                yield one

    def every(self) -> Iterator[Section]:
        """All parts."""
        yield Section("progress", "Progress", tag_progress.progress_table(self.progress))
        yield Section("held", "Held now", self.held)
        yield Section("failures", "Failures", troubles.failure_table(self.failures))
        yield Section("silent", "Silent loops", troubles.silent_table(self.silent))
        yield Section("starving", "Starving rules", troubles.starving_table(self.starving))
        yield Section("services", "Services", troubles.outage_table(self.outages))
        yield Section("people", "Done by people", people.deed_table(self.deeds))
        yield Section("passes", "Done by loops and cron", people.pass_table(self._rows(people.PassesOfFile)))
        yield Section("changes", "Since the last digest", change_table(self.changes))

    def headline(self, zone: tzinfo = UTC) -> list[str]:
        """The digest in a few lines: what ended, what is there now, and each kind of trouble."""
        ends = [one.ends for one in self.progress]
        finished, failed = sum(one.finished for one in ends), sum(one.failed for one in ends)
        idle = {"idle": sum(one.idle for one in self.progress)}
        wrong = {state: self._now(state) for state in ("stalled", "held", "parked")}
        counts = {"running": self._now("running")} | idle | wrong
        words = [f"{jobs:,} {state}" for state, jobs in counts.items() if jobs]
        lines = [
            f"{counted(finished, 'job')} finished, {failed:,} failed; now {', '.join(words) or 'nothing in the queues'}"
        ]
        silent, starving = len(self.silent), len(self.starving)
        lines += [f"{counted(silent, 'loop')} {'is' if silent == 1 else 'are'} silent"] if silent else []
        lines += [f"{counted(starving, 'rule')} {'starves' if starving == 1 else 'starve'}"] if starving else []
        return lines + [_in_words(one, zone) for one in self.outages]

    def _now(self, state: str) -> int:
        return sum(one.counts.get(state, 0) for one in self.progress)

    @cached_property
    def progress(self) -> list[TagProgress]:
        """The tags at work."""
        filters = Filters(tags=list(self.tags) or None)
        lines = status_lines(self.replica, filters, None, self.name)
        return tag_progress.progress_of(lines, self._rows(Ends), self._likely_ends(filters))

    def _likely_ends(self, filters: Filters) -> dict[str, int]:
        known = self.replica.read(lambda tx: read_knowledge(tx, filters, self.name, self.now, by_run=False))
        found: dict[str, int] = {}
        for one in by_campaign(known):
            if one.scope == "campaign" and one.sample is not None:
                end = interval(one.sample, self.now).middle
                found[one.rule.tag] = max(end, found.get(one.rule.tag, end))
        return found

    @cached_property
    def held(self) -> Table:
        """The held jobs by reason, parked ones apart."""
        table = held(self.replica, Question(Filters(tags=list(self.tags) or None), name=self.name, now=self.now))
        return replace(_parked_apart(arranged(table, columns=_HELD)), note="")

    @cached_property
    def failures(self) -> Sequence[SignatureLine]:
        """What jobs failed of or were held for in the time, by signature."""
        filters = Filters(tags=list(self.tags) or None, since=self.span.since)
        return diagnose(self.replica, FailureQuestion(filters, self.span.until), self.errors).lines

    @cached_property
    def silent(self) -> list[BookedLoop]:
        """The loops that are silent now, whatever their tags."""
        return silent_loops(self.books)

    @cached_property
    def starving(self) -> list[Starvation]:
        """The rules that starve now."""
        return troubles.starving_rules(self.books, self.now, self.tags)

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """The outages in the time."""
        return Outages(self.books).between(self.span.since, self.span.until)

    @cached_property
    def deeds(self) -> list[people.Deed]:
        """What people did in the time."""
        entries = actions.log(self.books, None, self.span.since, (), self.tags)
        return people.deeds_of(one for one in entries if one.started < self.span.until)

    @cached_property
    def figures(self) -> Figures:
        """The figures that the books keep for the next digest."""
        reasons: dict[str, int] = {}
        place, count = self.held.keys.index("reason"), self.held.keys.index("num_held")
        for row in self.held.rows:
            reasons[str(row[place])] = reasons.get(str(row[place]), 0) + int(row[count] or 0)
        _, services = services_now(self.books)
        return Figures(
            tags={one.tag: one.figures for one in self.progress},
            held=reasons,
            silent={one.id: one.place for one in self.silent},
            starving={f"{one.rule} {one.tag}": one.cause for one in self.starving},
            services={one.service: one.state for one in services if one.state != ServiceState.UP},
        )

    @cached_property
    def changes(self) -> list[Change]:
        """What changed since the last digest; nothing without one."""
        return [] if self.before is None else list(changes(self.before.figures, self.figures))

    @cached_property
    def _asked(self) -> dict[str, Any]:
        """The bound values of the queries of the time."""
        span = {"since": self.span.since, "until": self.span.until}
        return {**span, "any_tag": int(not self.tags), "tags": list(self.tags)}

    def _rows(self, kind: type[Any]) -> list[Any]:
        """The rows of a query of the time, as values of a class."""
        query = _QUERIES[kind]

        def work(tx: Transaction) -> list[Any]:
            return list(tx.rows_as(kind, query, **self._asked))

        return self.replica.read(work)


def _parked_apart(table: Table) -> Table:
    """The table of held jobs, whose number of held ones is without the parked ones, as in the rest of a digest."""
    held, parked = table.keys.index("num_held"), table.keys.index("num_parked")

    def apart(row: Sequence[Cell]) -> list[Cell]:
        cells = list(row)
        cells[held] = int(row[held] or 0) - int(row[parked] or 0)
        return cells

    columns = [replace(one, level=0) if one.key == "num_parked" else one for one in table.columns]
    total = None if table.total is None else apart(table.total)
    return replace(table, columns=columns, rows=[apart(row) for row in table.rows], total=total)


_QUERIES = {Ends: "ends_between", people.PassesOfFile: "passes_between"}


def _in_words(one: Outage, zone: tzinfo) -> str:
    """`database was down from 2026-11-29 14:02 EST to 2026-11-29 14:31 EST`."""
    since = clock_time(one.since, zone)
    if one.until is None:
        return f"{one.service} is {one.state} since {since}"
    return f"{one.service} was {one.state} from {since} to {clock_time(one.until, zone)}"


def change_table(found: Sequence[Change]) -> Table:
    """A row for each figure that changed."""
    columns = (Column("kind"), Column("name"), Column("figure"), Column("before"), Column("now", style="bold"))
    return Table(columns, [[one.kind, one.name, one.figure, one.before, one.now] for one in found])
