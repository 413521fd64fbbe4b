"""A plan of many runs in parts, newest first: while the jobs of one are submitted, the next is being matched.

Each run is read in one of them only, so that the parts together are the plan of all: the same jobs in the same order, and
the same reasons. A part is so small that a catalog finds its files by an index over runs, whatever else it has.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise

from prodcli.bookkeeping import Books
from prodcli.catalog import Catalogs
from prodcli.plan import Plan
from prodcli.progress import Progress, silent
from prodcli.rule import Rule
from prodcli.runs import RunSelection, run_reasons

Make = Callable[[RunSelection, Catalogs, Books, Progress], Plan]
_LAST = 99_999_999  # above every run
_FEW = 500  # runs that are one part: their plan takes a second or two, with as many statements as that of one run
_RUNS = 250  # of a part, that pass the cuts; its plan takes about a second
_FIRST_RUNS = 50  # of the first, whose jobs a schedd then has early; each may have twice as many as the one before
_PLANNERS = 2  # parts that are made at a time


@contextmanager
def planned_in_parts(
    make: Make, rule: Rule, selection: RunSelection, catalogs: Catalogs, books: Books, progress: Progress
) -> Iterator[Plan]:
    """The plan of the newest runs of a selection, which grows by the others; of few runs it is whole at once.

    Threads that have connections of their own make the parts, in turns.
    """
    parts = [selection] if rule.by_query else _parts(rule, selection, catalogs)
    if len(parts) == 1:
        yield make(selection, catalogs, books, progress)
        return
    with ExitStack() as stack:
        planners = [stack.enter_context(_planner(make, catalogs, books)) for _ in range(_PLANNERS)]
        newest, *older = [planners[number % _PLANNERS](part) for number, part in enumerate(parts)]
        with progress("matching the newest runs"):
            plan = newest.result()
        yield plan.followed_by(selection, tuple(part.result for part in older))


@contextmanager
def _planner(make: Make, catalogs: Catalogs, books: Books) -> Iterator[Callable[[RunSelection], Future[Plan]]]:
    """A thread that plans, one part after the other; what it has not begun at the end of the context is left undone."""
    own_catalogs, own_books = catalogs.another(), Books(books.database.another())
    thread = ThreadPoolExecutor(1, "planner")
    try:
        yield lambda part: thread.submit(make, part, own_catalogs, own_books, silent)
    finally:
        thread.shutdown(cancel_futures=True)
        own_catalogs.close()
        own_books.database.close()


def _parts(rule: Rule, selection: RunSelection, catalogs: Catalogs) -> list[RunSelection]:
    """A selection in parts by the number of runs that pass the cuts, newest first; of few runs one part."""
    passing = sorted((run.number for run in catalogs.runs(selection) if not run_reasons(run, rule.input)), reverse=True)
    if len(passing) <= _FEW:
        return [selection]
    bounds = [_LAST + 1]
    while passing:
        size = min(_RUNS, _FIRST_RUNS << (len(bounds) - 1))
        bounds.append(passing[size - 1] if size < len(passing) else 0)
        passing = passing[size:]
    return [
        selection.without(RunSelection(((0, low - 1), (high, _LAST)), frozenset())) for high, low in pairwise(bounds)
    ]
