"""A plan of many runs in two parts: while jobs of the newest runs are submitted, the older runs are still being matched.

Each run is read in one of them only, so that the parts together are the plan of all: the same jobs in the same order, and
the same reasons.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from prodcli.bookkeeping import Books
from prodcli.catalog import Catalogs
from prodcli.plan import Plan
from prodcli.rule import Rule
from prodcli.runs import RunSelection, run_reasons

Make = Callable[[RunSelection, Catalogs, Books, bool], Plan]  # the last: whether it is made beside other work
_FEW = 500  # runs whose plan takes less than a second
_NEWEST = 4  # the newest part is one in so many runs: while their jobs are submitted, there is time to match the others


@contextmanager
def planned_in_two(make: Make, rule: Rule, selection: RunSelection, catalogs: Catalogs, books: Books) -> Iterator[Plan]:
    """The plan of the newest runs of a selection, whose `whole` has the others, too; of few runs it is whole at once."""
    first = None if rule.by_query else _first_of_newest(rule, selection, catalogs)
    if first is None:
        yield make(selection, catalogs, books, False)
        return
    older = selection.without(RunSelection(((first, max(selection.spans)[1]),), frozenset()))
    own = catalogs.another(), Books(books.database.another())

    def rest() -> Plan:
        try:
            return make(older, *own, True)
        finally:
            own[0].close()
            own[1].database.close()

    with ThreadPoolExecutor(1, "older") as thread:
        newest = make(selection.without(older), catalogs, books, False)
        yield newest.followed_by(selection, thread.submit(rest).result)


def _first_of_newest(rule: Rule, selection: RunSelection, catalogs: Catalogs) -> int | None:
    """The run that parts the newest from the others; None if there are few that pass the cuts."""
    passing = sorted(run.number for run in catalogs.runs(selection) if not run_reasons(run, rule.input))
    return passing[-(len(passing) // _NEWEST)] if len(passing) > _FEW else None
