"""The differences of two tags as a table: a row for each measure of each dsttype.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prodcli.campaigns.tag_difference import TagDifference, TagFigures
from prodcli.runs.selection import RunSelection
from prodcli.tables.table import Cell, Column, Kind, Table


class _Measure(NamedTuple):
    """A figure of both tags, in its unit; `runs` are those that are counted, where these are named."""

    name: str
    unit: str
    first: float | None
    second: float | None
    runs: str | None = None

    @property
    def change(self) -> float | None:
        """How much larger the second figure is, in percent."""
        if not self.first or self.second is None:
            return None
        return round(100.0 * (self.second - self.first) / self.first, 1)


def difference_table(found: Sequence[TagDifference], first: str, second: str, every: bool) -> Table:
    """The measures that differ; with `every` all."""
    rows = [row for one in found for row in _rows(one, every)]
    columns = (
        *(Column("dsttype", style="bold"), Column("dataset", level=2), Column("measure"), Column("unit", level=1)),
        *(Column("first", kind=Kind.NUMBER), Column("second", kind=Kind.NUMBER)),
        *(Column("change", "change %", Kind.NUMBER, 1), Column("runs", kind=Kind.DETAIL, drop_empty=True)),
    )
    return Table(
        columns, rows, title=f"{first} (first) and {second} (second), on the same runs", note=_note(found, every)
    )


def _note(found: Sequence[TagDifference], every: bool) -> str:
    """What is not in the table."""
    if not any(one.first.runs for one in found):
        return "the tags have no run of the same dsttype and dataset in common"
    return "" if every else "what is equal is left out; --all shows it, too"


def _rows(one: TagDifference, every: bool) -> Iterator[list[Cell]]:
    """The rows of a dsttype; of runs alone if the tags have none in common."""
    measures = list(_of_runs(one)) + (list(_of_jobs(one.first, one.second)) if one.first.runs else [])
    for measure in measures:
        if every or measure.first != measure.second:
            *figures, runs = measure
            yield [one.dsttype, one.dataset, *figures, measure.change, runs]


def _of_runs(one: TagDifference) -> Iterator[_Measure]:
    first, second = one.first.alone, one.second.alone
    yield _Measure("runs of both", "runs", len(one.first.runs), len(one.second.runs))
    yield _Measure("runs of the first alone", "runs", len(first), 0, _named(first))
    yield _Measure("runs of the second alone", "runs", 0, len(second), _named(second))


def _of_jobs(first: TagFigures, second: TagFigures) -> Iterator[_Measure]:
    for state in ("jobs", "finished", "failed", "open"):
        yield _Measure(state, "jobs", getattr(first, state), getattr(second, state))
    yield _Measure("CPU per job", "s", first.cpu_per_job, second.cpu_per_job)
    yield _Measure("peak memory", "MB", first.memory, second.memory)
    yield _Measure("size of outputs", "bytes", first.bytes, second.bytes)
    yield _Measure("events", "events", first.events, second.events)


def _named(runs: frozenset[int]) -> str | None:
    return str(RunSelection((), runs)) if runs else None
