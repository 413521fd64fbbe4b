"""States that follow from the books: data is finalized when all is made, and open again when jobs are at work or outputs go.

One look costs a few statements: of data whose jobs finished in the last two days it takes the newest, up to 20,000 jobs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.data_states.states import Data, DataState, StateChange, change_states, write_states
from prodcli.db import Database, Transaction

_JOBS = 20_000  # whose outputs one look asks the file catalog for, in one statement
_AUTHOR = "harvest"


@dataclass(frozen=True, slots=True)
class _Finished:
    """Open data all of whose jobs have finished, and the number of jobs."""

    data: Data
    jobs: int


def finalize_data(books: Database, filecatalog: Database) -> int:
    """Finalize data whose jobs have all finished and whose outputs are all in the file catalog; returns the number."""
    found = _newest(books.read(lambda tx: list(tx.rows_as(_finished, "finished_data"))))
    if not found:
        return 0
    outputs = _outputs(books, found)
    names = [name for few in outputs.values() for name in few]
    there = filecatalog.read(lambda tx: set(tx.column("files_on_disk", names=names)))
    complete = [one for number, one in enumerate(found) if there.issuperset(outputs[number])]
    changes = [StateChange(one.data, DataState.OPEN, DataState.FINALIZED) for one in complete]
    return change_states(books, changes, "all jobs have finished, and the catalog has their outputs", _AUTHOR)


def reopen_data_at_work(books: Database) -> int:
    """Open finalized data whose jobs are in a queue again; returns the number."""
    found = books.read(lambda tx: list(tx.rows_as(Data, "finalized_data_at_work")))
    changes = [StateChange(data, DataState.FINALIZED, DataState.OPEN) for data in found]
    return change_states(books, changes, "jobs are at work again", _AUTHOR) if changes else 0


def reopen_erased(tx: Transaction, ids: Sequence[int], author: str) -> None:
    """Open the data of jobs whose outputs were erased: what people said of the data they said of other files."""
    changes = list(tx.rows_as(_reopened, "states_of_jobs", ids=list(ids)))
    if changes:
        write_states(tx, changes, "outputs were erased", author)


def _newest(found: Sequence[_Finished]) -> list[_Finished]:
    """The first of the data, at most so many jobs in all, but at least one."""
    chosen: list[_Finished] = []
    jobs = 0
    for one in found:
        jobs += one.jobs
        if chosen and jobs > _JOBS:
            break
        chosen.append(one)
    return chosen


def _outputs(books: Database, found: Sequence[_Finished]) -> dict[int, list[str]]:
    """The file names that the jobs of data make, by its place in the list."""
    rows = [{"number": number, **one.data._asdict()} for number, one in enumerate(found)]
    outputs: dict[int, list[str]] = defaultdict(list)
    for number, filename in books.read(lambda tx: list(tx.rows("outputs_of_data", rows=rows))):
        outputs[number].append(filename)
    return outputs


def _finished(dataset: str, tag: str, dsttype: str, run: int, jobs: int) -> _Finished:
    return _Finished(Data(dataset, tag, dsttype, run), int(jobs))


def _reopened(dataset: str, tag: str, dsttype: str, run: int, state: str) -> StateChange:
    return StateChange(Data(dataset, tag, dsttype, run), DataState(state), DataState.OPEN)
