"""The status of productions as a table: names, how much is done, what is wrong, and what to type then.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from prodcli.reports.status_lines import Line, total
from prodcli.tables.table import Cell, Column, Kind, Table

_NOBODY = "no jobs in the books match"


def status_table(
    found: Sequence[Line],
    by: str | None = None,
    every: bool = True,
    options: str = "",
    progress: Mapping[tuple[str, str, str], float] = MappingProxyType({}),
) -> Table:
    """One row per line, with a total; without `every` tags whose jobs are all done are counted instead.

    `options` are those of the question, for the commands below the table. `progress` says how far running jobs are, in
    percent, by tag, dsttype and dataset.
    """
    shown, hidden = (found, 0) if every else _open(found)
    running = Column("running_percent", "run %", Kind.PERCENT, 4, "cyan", drop_empty=True)
    return Table(
        [*_names(by), *count_columns(), running],
        [[*_row(line, by), progress.get((line.tag, line.dsttype, line.dataset))] for line in shown],
        total=["total", *_row(total(shown), by)[1:], None] if len(shown) > 1 else None,
        note=_note(found, hidden),
        hints=_hints(total(found), options),
    )


def having(found: Iterable[Line], states: Collection[str]) -> list[Line]:
    """The lines with jobs in one of the states."""
    return [line for line in found if any(line.counts.get(state) for state in states)]


def _open(found: Sequence[Line]) -> tuple[Sequence[Line], int]:
    """The lines of tags with jobs that are not done, and how many other tags there are; all lines if all is done."""
    tags = {line.tag for line in found}
    at_work = {line.tag for line in found if line.counts["finished"] != line.jobs}
    if not at_work:
        return found, 0
    return [line for line in found if line.tag in at_work], len(tags - at_work)


def _names(by: str | None) -> list[Column]:
    return [
        *([Column(by)] if by else []),
        Column("tag", shared=True),
        Column("dsttype", shared=True, folded="hosts"),
        Column("hosts", kind=Kind.COUNT),
        Column("dataset", shared=True),
    ]


def count_columns() -> list[Column]:
    """The columns of the jobs of a line: how many, how far, and how many are in which state."""

    def state(key: str, title: str, level: int, style: str = "") -> Column:
        return Column(key, title, Kind.COUNT, level, style, drop_empty=True)

    return [
        Column("jobs", kind=Kind.COUNT, level=1),
        Column("done_percent", "done of submitted", Kind.BAR, 1),
        state("running", "run", 1, "cyan"),
        state("submitted", "idle", 1),
        state("held", "held", 1, "bold magenta"),
        state("failed", "fail", 1, "bold red"),
        state("parked", "parked", 2, "magenta"),
        state("stalled", "stalled", 2, "bold yellow"),
        state("waiting", "waiting", 2),
        state("evicted", "evicted", 2, "yellow"),
        state("submitting", "submitting", 2),
        state("finished", "done", 3, "green"),
        state("other", "other", 3),
        Column("failed_percent", "fail %", Kind.PERCENT, 4, "bold red", drop_empty=True),
    ]


def _row(line: Line, by: str | None) -> list[Cell]:
    names: list[Cell] = [*([line.key] if by else []), line.tag, line.dsttype, len(line.leaves) or None, line.dataset]
    return [*names, *counts_of(line)]


def counts_of(line: Line) -> list[Cell]:
    """The cells of a line in the columns of counts."""
    states = {**line.counts, "other": line.unknown}
    order = [column.key for column in count_columns() if column.key in states]
    return [
        line.jobs,
        None if line.done is None else round(line.done, 1),
        *(states[key] for key in order),
        None if line.failure is None else round(line.failure, 1),
    ]


def _note(found: Sequence[Line], hidden: int) -> str:
    if not found:
        return _NOBODY
    return f"{hidden} {'tags are' if hidden > 1 else 'tag is'} all done and hidden: --all" if hidden else ""


def _hints(whole: Line, options: str) -> list[str]:
    """What to type if something is wrong: `142 held, 81 failed -> prodcli rescue`."""
    wrong = [f"{whole.counts[state]} {state}" for state in ("held", "stalled", "failed") if whole.counts[state]]
    parked = whole.counts["parked"]
    return [
        *([f"{', '.join(wrong)} -> prodcli rescue{options}"] if wrong else []),
        *([f"{parked} parked -> prodcli parked{options}"] if parked else []),
    ]
