"""The tables and the text plot of `prodcli memory`."""

from collections import Counter
from collections.abc import Sequence

from prodcli.memory.advice import Advice, Spread, Use
from prodcli.sizes import counted
from prodcli.tables.table import Cell, Column, Kind, Table

_WIDTH, _HEIGHT = 60, 16
NO_POINT = "no job in the books is held for memory, with what it asked for and used"
_NONE = "no jobs in the books match that finished, or are held for memory"


def spread_table(spreads: Sequence[Spread], by: str) -> Table:
    """One row for each quantity of a group."""
    columns = (
        Column(by),
        Column("memory"),
        Column("jobs", kind=Kind.COUNT, level=2),
        Column("median", kind=Kind.MEMORY, level=1),
        Column("p90", "90 %", Kind.MEMORY, 2),
        Column("p99", "99 %", Kind.MEMORY, 1),
        Column("max", kind=Kind.MEMORY, level=1),
        Column("gb_hours", "GB x h", Kind.NUMBER, 3),
        Column("unused_gb_hours", "unused GB x h", Kind.NUMBER, 3, drop_empty=True),
    )
    rows: list[list[Cell]] = []
    for one in spreads:
        sizes = (one.median, one.p90, one.p99, one.most)
        rows.append([one.group, one.quantity, one.jobs, *sizes, _rounded(one.gb_hours), _rounded(one.unused)])
    return Table(columns, rows, marks={"exceeded": "bold magenta"}, note="" if rows else _NONE)


def advice_table(advice: Sequence[Advice], by: str) -> Table:
    """One row for each group."""
    columns = (
        Column(by),
        Column("jobs", kind=Kind.COUNT, level=2),
        Column("held", kind=Kind.COUNT, level=2, style="bold magenta"),
        Column("beyond", kind=Kind.COUNT, level=3, drop_empty=True),
        Column("short", kind=Kind.COUNT, level=3, style="bold magenta", drop_empty=True),
        Column("try_mb", "try", Kind.MEMORY, 2, drop_empty=True),
        Column("today", level=1),
        Column("advised"),
        Column("cost_today", kind=Kind.NUMBER, level=3),
        Column("cost", kind=Kind.NUMBER, level=3),
        Column("unit", level=3),
        Column("saving_percent", "saving", Kind.PERCENT, 1),
    )
    rows: list[list[Cell]] = []
    for one in advice:
        counts = (one.jobs, one.held, round(one.beyond), one.short, one.last_step)
        rows.append([one.group, *counts, _ladder(one.today), _ladder(one.ladder), *_costs(one)])
    above = "beyond: held above every known peak; no step is known to suffice, and the costs leave them out"
    notes = [above] if any(one.beyond >= 0.5 for one in advice) else []
    notes += [_incomplete(one) for one in advice if one.short]
    return Table(columns, rows, note="\n".join(notes) if rows else _NONE)


def _incomplete(one: Advice) -> str:
    return f"{one.group}: incomplete: {one.short} jobs need > {one.exceeded} MB; try a last step of {one.last_step}MB"


def _costs(one: Advice) -> tuple[Cell, ...]:
    """The cost of today's and of the advised ladder; empty without a ladder."""
    if not one.ladder:
        return None, None, "", None
    unit = "GB x h" if one.timed else "GB x starts"
    return _rounded(one.cost_today), _rounded(one.cost), unit, round(one.saving, 1)


def point_table(held: Sequence[Use]) -> Table:
    """The points of the plot; sizes in MB."""
    rows = [[use.group, use.asked, use.provisioned, use.used, use.jobs] for use in held]
    sizes = [Column(key, kind=Kind.MEMORY) for key in ("asked", "provisioned", "used")]
    return Table([Column("dsttype"), *sizes, Column("jobs", kind=Kind.COUNT)], rows)


def scatter(held: Sequence[Use]) -> str:
    """Requested memory (up) against used memory (right): 1 to 9 count jobs, # is more.

    A dot is where both are equal.
    """
    points = [(use.asked, use.used, use.jobs) for use in held if use.asked and use.used]
    if not points:
        return NO_POINT
    most = max(max(asked, used) for asked, used, _ in points)
    cells: Counter[tuple[int, int]] = Counter()
    for asked, used, jobs in points:
        cells[_cell(asked, most, _HEIGHT), _cell(used, most, _WIDTH)] += jobs
    diagonal = {(_cell(n, _WIDTH, _HEIGHT), n) for n in range(_WIDTH)}
    lines = [f"asked, MB; {counted(sum(jobs for *_, jobs in points), 'job')} held for memory"]
    for row in range(_HEIGHT - 1, -1, -1):
        label = str(most) if row == _HEIGHT - 1 else "0" if row == 0 else ""
        marks = (_mark(cells[row, column], (row, column) in diagonal) for column in range(_WIDTH))
        lines.append(f"{label:>9} |{''.join(marks)}".rstrip())
    return "\n".join([*lines, f"{'':>9} +{'-' * _WIDTH}", f"{'':>11}0{f'used, MB {most}':>{_WIDTH - 1}}"])


def _cell(value: int, most: int, cells: int) -> int:
    return min(cells - 1, value * cells // most)


def _mark(jobs: int, diagonal: bool) -> str:
    if jobs:
        return str(jobs) if jobs < 10 else "#"
    return "." if diagonal else " "


def _ladder(steps: Sequence[int]) -> str:
    return ", ".join(f"{step}MB" for step in steps)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
