"""The status table: trouble in colour, percentages last, a total below."""

from collections.abc import Sequence

from prodcli.reports.status_lines import COLUMNS, Line, total
from prodcli.tables.table import Cell, Table

_STYLES = {
    "failed": "bold red",
    "failure %": "bold red",
    "held": "bold magenta",
    "parked": "magenta",
    "evicted": "yellow",
    "running": "cyan",
    "finished": "green",
}


def status_table(lines: Sequence[Line], by: str | None) -> Table:
    """One row per line."""
    columns = ["tag", "dsttype", "dataset", *([by] if by else []), "expected", *COLUMNS, "% done", "failure %"]
    rows = [_row(line, by) for line in lines]
    return Table(
        columns,
        rows,
        styles=_STYLES,
        total=_row(total(lines), by) if len(rows) > 1 else None,
        narrow=frozenset({"submitting", "waiting", "evicted", "held", "parked", "failed", "submitted", "running"}),
        shared=frozenset({"tag", "dataset"}),
        note="" if rows else "no jobs in the books match",
    )


def _row(line: Line, by: str | None) -> Sequence[Cell]:
    names = [line.tag, line.dsttype, line.dataset, *([line.key] if by else [])]
    done = None if line.done is None else round(line.done, 1)
    failure = None if line.failure is None else round(line.failure, 1)
    return [*names, line.expected, *(line.counts[column] for column in COLUMNS), done, failure]
