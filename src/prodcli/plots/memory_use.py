"""The figure of memory: what jobs asked for against what they used, the larger a point, the more jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from prodcli.db import Database
from prodcli.memory.advice import Use
from prodcli.memory.use import memory_use
from prodcli.plots.figure import OTHERS, Axis, Figure, Level, Scale, Series, Shape, Tone, folded_name, largest_first
from prodcli.reports.books_report import Question

_GRID = 240  # different sizes of used memory, as more cannot be seen
_MOST_LEVELS = 12  # steps of ladders that get a line
HELD = "held for memory"
NO_POINT = "no job in the books finished, or is held for memory, with what it asked for and used"


def memory(database: Database, question: Question) -> Figure:
    """Jobs that finished, by `question.by` (dsttype, rule or tag), and those held for memory.

    Raises DatabaseError if the books cannot be read, or are to be upgraded.
    """
    by = question.by or "dsttype"
    uses = memory_use(database, question.filters, by)
    if by == "dsttype":
        uses = [replace(use, group=question.name(use.group)) for use in uses]
    return of_uses(
        [replace(use, group=HELD) if use.held else use for use in uses], "that finished or are held for memory"
    )


def of_uses(uses: Iterable[Use], which: str, empty: str = NO_POINT) -> Figure:
    """Jobs with requested and used memory, by their groups; `which` says in the title which jobs they are."""
    points = [use for use in uses if use.asked and use.used]
    jobs: Counter[str] = Counter()
    for use in points:
        jobs[use.group] += use.jobs
    return Figure(
        f"{jobs.total()} jobs {which}",
        Axis("memory used [MB]", Scale.MEMORY),
        Axis("memory asked for [MB]", Scale.MEMORY),
        list(_series(points, jobs)),
        levels=_levels(points),
        equal=True,
        empty=empty,
    )


def _series(points: Sequence[Use], jobs: Counter[str]) -> Iterator[Series]:
    """A series for each of the largest groups, and one for all others; held jobs come last, on top of the others."""
    named = largest_first(dict(jobs))
    cell = max((max(use.asked or 0, use.used or 0) for use in points), default=0) // _GRID + 1
    cells: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for use in points:
        place = ((use.used or 0) // cell * cell or 1, use.asked or 0)
        cells[folded_name(use.group, named)][place] += use.jobs
    for name in sorted(cells, key=lambda name: (name == HELD, name == OTHERS, -cells[name].total(), name)):
        places = sorted(cells[name])
        tone = {HELD: Tone.FAILED, OTHERS: Tone.OTHERS}.get(name, Tone.NONE)
        shown = f"{cells[name].total()} {name}"
        x, y = [used for used, _ in places], [asked for _, asked in places]
        yield Series(shown, Shape.POINTS, x, y, tone, [cells[name][place] for place in places])


def _levels(points: Sequence[Use]) -> list[Level]:
    """The steps of the rules' ladders; only some of many."""
    most = max((max(use.asked or 0, use.used or 0) for use in points), default=0)
    steps = sorted({step for use in points for step in use.ladder if step <= 1.06 * most})[:_MOST_LEVELS]
    return [Level(f"{step} MB", step) for step in steps]
