"""The table of each level: a row for each place within it.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from prodcli.live.place import Place
from prodcli.live.snapshot import JobLine, Snapshot
from prodcli.reports.status_lines import Line, lines
from prodcli.reports.status_table import count_columns, counts_of
from prodcli.tables.arrange import order_of
from prodcli.tables.table import Cell, Column, Kind, Table

Family = Callable[[str], str]  # the name of a dsttype without its host
_JOBS = (
    *(Column("dbid"), Column("job", level=3), Column("dsttype", level=4), Column("segment", "seg"), Column("state")),
    *(Column("since", kind=Kind.AGO, level=1), Column("node", level=2)),
    *(Column("memory_asked", "asked", Kind.MEMORY, 2), Column("memory_used", "used", Kind.MEMORY, 2, drop_empty=True)),
    *(Column("exit_code", "exit", level=1), Column("hold_code", "code", level=1, drop_empty=True)),
    Column("reason", kind=Kind.DETAIL, level=3, drop_empty=True),
)
_MARKS = MappingProxyType(
    {
        **{"held": "bold magenta", "parked": "magenta", "failed": "bold red", "lost": "bold red", "removed": "red"},
        **{
            "no_output": "bold red",
            "stalled": "bold yellow",
            "running": "cyan",
            "evicted": "yellow",
            "finished": "green",
        },
    }
)


@dataclass(frozen=True)
class LevelTable:
    """The rows of a level, and the place that each stands for; `hidden` rows are all done, `over` are beyond the limit."""

    table: Table
    places: Sequence[Place] = ()
    hidden: int = 0
    over: int = 0

    def picked(self, numbers: Iterable[int]) -> LevelTable:
        """Some of the rows, in this order."""
        chosen = list(numbers)
        table = replace(self.table, rows=[self.table.rows[i] for i in chosen])
        return replace(self, table=table, places=[self.places[i] for i in chosen])

    def sorted(self, key: str, descending: bool) -> LevelTable:
        """The rows in the order of a column; as they are without one."""
        if key not in self.table.keys:
            return self
        place = self.table.keys.index(key)
        return self.picked(order_of([row[place] for row in self.table.rows], descending))

    def filtered(self, text: str) -> LevelTable:
        """The rows in which a text stands, in small or large letters."""
        wanted = text.casefold()
        found = (
            i for i, row in enumerate(self.table.rows) if any(wanted in str(c).casefold() for c in row if c is not None)
        )
        return self.picked(found) if wanted else self

    def open_only(self) -> LevelTable:
        """The rows with jobs that are not done; all rows if all are done."""
        if "done_percent" not in self.table.keys:
            return self
        place = self.table.keys.index("done_percent")
        at_work = [i for i, row in enumerate(self.table.rows) if row[place] != 100.0]
        hidden = len(self.table.rows) - len(at_work)
        return replace(self.picked(at_work), hidden=hidden) if at_work else self


def level_table(seen: Snapshot, family: Family = str) -> LevelTable:
    """The rows of the place that was read; none for a job, which has files instead."""
    make = (_campaigns, _rules, _runs, _jobs, _jobs)[seen.place.level]
    return make(seen, family)


def _campaigns(seen: Snapshot, _: Family) -> LevelTable:
    found = lines(seen.lines)
    columns = [Column("tag"), Column("dataset", level=2), *count_columns()]
    rows: list[Sequence[Cell]] = [[one.tag, one.dataset, *counts_of(one)] for one in found]
    return LevelTable(Table(columns, rows), [Place().into(one.tag, tag=one.tag, dataset=one.dataset) for one in found])


def _rules(seen: Snapshot, family: Family) -> LevelTable:
    found = lines(seen.lines, family)
    named = {id(one): _names(seen, one) for one in found}
    columns = [
        Column("rule", level=1),
        Column("dsttype", folded="hosts"),
        Column("hosts", kind=Kind.COUNT),
        *count_columns(),
    ]
    rows: list[Sequence[Cell]] = [
        [", ".join(named[id(one)]) or None, one.dsttype, len(one.leaves) or None, *counts_of(one)] for one in found
    ]
    places = [seen.place.into(one.dsttype, dsttypes=_dsttypes(one), rules=named[id(one)]) for one in found]
    return LevelTable(Table(columns, rows), places)


def _dsttypes(line: Line) -> tuple[str, ...]:
    return tuple(sorted(line.leaves)) or (line.dsttype,)


def _names(seen: Snapshot, line: Line) -> tuple[str, ...]:
    """The rules that made the jobs of a line, as far as the books know them."""
    mine = set(_dsttypes(line))
    return tuple(sorted({one.rule for one in seen.rules if one.dsttype in mine}))


def _runs(seen: Snapshot, _: Family) -> LevelTable:
    found = sorted(lines(seen.lines), key=lambda line: int(line.key or 0), reverse=True)
    rows: list[Sequence[Cell]] = [[one.key, *counts_of(one)] for one in found]
    places = [seen.place.into(f"run {one.key}", run=int(one.key or 0)) for one in found]
    return LevelTable(Table([Column("run"), *count_columns()], rows), places, over=seen.runs - len(found))


def _jobs(seen: Snapshot, _: Family) -> LevelTable:
    rows = [_job(one) for one in seen.jobs]
    places = [seen.place.into(f"job {one.dbid}", dbid=one.dbid) for one in seen.jobs]
    over = seen.jobs[0].jobs - len(rows) if rows else 0
    return LevelTable(Table(_JOBS, rows, marks=_MARKS), places, over=over)


def _job(one: JobLine) -> Sequence[Cell]:
    values = one._asdict()
    return [values[column.key] for column in _JOBS]
