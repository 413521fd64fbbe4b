"""A plan of many runs in parts: while jobs of the newest runs are submitted, the older runs are still being matched.

Each run is read in one of them only, so that the parts together are the plan of all: the same jobs in the same order, and
the same reasons.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, reduce
from itertools import pairwise

from prodcli.bookkeeping import Books
from prodcli.catalog import Catalogs
from prodcli.plan import Plan
from prodcli.rule import Rule
from prodcli.runs import RunSelection, run_reasons

Make = Callable[[RunSelection, Catalogs, Books, bool], Plan]  # the last: whether it is made beside other work
_FEW = 500  # runs whose plan takes less than a second
_LAST = 99_999_999  # above every run
_PARTS = 4  # of a plan; while the jobs of one are submitted, there is time to match the others


@contextmanager
def planned_in_parts(
    make: Make, rule: Rule, selection: RunSelection, catalogs: Catalogs, books: Books, enough: int
) -> Iterator[Plan]:
    """The plan of the newest runs of a selection, `enough` jobs of them if there are, whose `whole` has the others, too.

    Of few runs it is whole at once.
    """
    part, *older = [selection] if rule.by_query else _parts(rule, selection, catalogs)
    plan = make(part, catalogs, books, False)
    while len(older) > 1 and len(plan.jobs) < enough:
        part, *older = older
        plan = plan.followed_by(selection, partial(make, part, catalogs, books, False)).whole
    if not older:
        yield plan
        return
    left = reduce(RunSelection.together, older)
    own = catalogs.another(), Books(books.database.another())

    def rest() -> Plan:
        try:
            return make(left, *own, True)
        finally:
            own[0].close()
            own[1].database.close()

    with ThreadPoolExecutor(1, "older") as thread:
        yield plan.followed_by(selection, thread.submit(rest).result)


def _parts(rule: Rule, selection: RunSelection, catalogs: Catalogs) -> list[RunSelection]:
    """A selection in parts with as many runs that pass the cuts, newest first; one part if there are few of them."""
    passing = sorted(run.number for run in catalogs.runs(selection) if not run_reasons(run, rule.input))
    if len(passing) <= _FEW:
        return [selection]
    size = len(passing) // _PARTS
    bounds = [_LAST + 1, *(passing[-size * part] for part in range(1, _PARTS)), 0]
    return [
        selection.without(RunSelection(((0, low - 1), (high, _LAST)), frozenset())) for high, low in pairwise(bounds)
    ]
