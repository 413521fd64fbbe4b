"""Plan many runs in parts, newest first: while the jobs of one part are submitted, the next part is matched.

Each run is in one part only, so the parts together are the plan of all runs: the same jobs in the same order, and the
same reasons. A part is so small that a catalog finds its files by an index over runs.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import accumulate, pairwise
from queue import SimpleQueue

from prodcli.books.claims import Books
from prodcli.catalogs.catalogs import Catalogs
from prodcli.planning.plan import Plan, make_plan
from prodcli.planning.plan_request import PlanRequest
from prodcli.planning.run_cuts import run_reasons
from prodcli.progress import Progress, silent
from prodcli.rules.model import Rule
from prodcli.runs.selection import RunSelection

_LAST = 99_999_999  # above every run
_FEW = 500  # runs that are one part: their plan takes a second or two, with as many statements as that of one run
_RUNS = 250  # of a part, that pass the cuts; its plan takes about a second
_FIRST_RUNS = 50  # of the first, whose jobs a schedd then has early; each may have twice as many as the one before
_PLANNERS = 2  # parts that are made at a time


@contextmanager
def planned_in_parts(
    wanted: PlanRequest, catalogs: Catalogs, books: Books, progress: Progress = silent
) -> Iterator[Plan]:
    """The plan of the newest runs of a selection, which grows by the others; few runs are planned at once.

    Threads with connections of their own make the parts.
    """
    parts = (
        [wanted.runs] if wanted.rule.by_query or wanted.rule.generated else _parts(wanted.rule, wanted.runs, catalogs)
    )
    if len(parts) == 1:
        yield make_plan(wanted, catalogs, books, progress)
        return
    with _planners(wanted, catalogs, books) as plan_of:
        newest, *older = [plan_of(part) for part in parts]
        with progress("matching the newest runs"):
            plan = newest.result()
        yield plan.followed_by(wanted.runs, tuple(part.result for part in older))


@contextmanager
def _planners(
    wanted: PlanRequest, catalogs: Catalogs, books: Books
) -> Iterator[Callable[[RunSelection], Future[Plan]]]:
    """Threads that plan parts, each the next part when it is done; parts that are not begun at the end are dropped."""
    with ExitStack() as stack:
        free: SimpleQueue[tuple[Catalogs, Books]] = SimpleQueue()
        for _ in range(_PLANNERS):
            own = catalogs.another(), Books(books.database.another())
            stack.callback(own[0].close)
            stack.callback(own[1].database.close)
            free.put(own)

        def plan(part: RunSelection) -> Plan:
            own_catalogs, own_books = free.get_nowait()
            try:
                return make_plan(replace(wanted, runs=part), own_catalogs, own_books)
            finally:
                free.put((own_catalogs, own_books))

        threads = ThreadPoolExecutor(_PLANNERS, "planner")
        stack.callback(threads.shutdown, cancel_futures=True)
        yield lambda part: threads.submit(plan, part)


def _parts(rule: Rule, selection: RunSelection, catalogs: Catalogs) -> list[RunSelection]:
    """A selection in parts by the number of runs that pass the cuts, newest first; one part for few runs."""
    passing = sorted((run.number for run in catalogs.runs(selection) if not run_reasons(run, rule.input)), reverse=True)
    if len(passing) <= _FEW:
        return [selection]
    ends = list(accumulate(_sizes(len(passing))))
    bounds = [_LAST + 1, *(passing[end - 1] for end in ends[:-1]), 0]
    return [
        selection.without(RunSelection(((0, low - 1), (high, _LAST)), frozenset())) for high, low in pairwise(bounds)
    ]


def _sizes(runs: int) -> Iterator[int]:
    """The number of runs in each part.

    Few at first, so that the schedd starts early, and few at last, so that planners end together.
    """
    size = _FIRST_RUNS
    while runs > 0:
        yield min(size, runs)
        runs -= size
        size = max(_FIRST_RUNS, min(2 * size, _RUNS, runs // (2 * _PLANNERS)))
