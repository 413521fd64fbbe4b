"""States that follow from the books: data is finalized when all is made, and open again when jobs are at work or outputs go.

One look costs a few statements: of data whose jobs finished in the last two days it takes some, by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from prodcli.data_states.states import Data, DataState, StateChange, change_states, write_states
from prodcli.db import Database, Transaction, chunks_of
from prodcli.names import names_from

_MOST = 200  # data that one look takes
_NAMES = 20_000  # names per statement
_AUTHOR = "harvest"


def finalize_data(books: Database, filecatalog: Database) -> int:
    """Finalize data whose jobs have all finished and whose outputs are all in the file catalog; returns the number."""
    found = books.read(lambda tx: list(tx.rows_as(Data, "finished_data", most=_MOST)))
    outputs = _outputs(books, found) if found else {}
    names = [name for few in outputs.values() for name in few if name]
    there = _on_disk(filecatalog, names) if names else set()
    complete = [data for number, data in enumerate(found) if there.issuperset(outputs[number])]
    changes = [StateChange(data, DataState.OPEN, DataState.FINALIZED) for data in complete]
    why = "all jobs have finished, and the catalog has their outputs"
    return change_states(books, changes, why, _AUTHOR) if changes else 0


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


def _outputs(books: Database, found: Sequence[Data]) -> dict[int, set[str | None]]:
    """The file names that the jobs of data make, by its place in the list; None for a job that has not finished.

    Of a job with several outputs these are the first one and those that the job reported: it may make fewer than it can.
    """
    rows = [{"number": number, **data._asdict()} for number, data in enumerate(found)]
    outputs: dict[int, set[str | None]] = defaultdict(set)
    for number, first, count, reported in books.read(lambda tx: list(tx.rows("outputs_of_data", rows=rows))):
        outputs[number].add(first)
        if first and reported in names_from(first, count):
            outputs[number].add(reported)
    return outputs


def _on_disk(filecatalog: Database, names: Sequence[str]) -> set[str | None]:
    return filecatalog.read(
        lambda tx: {name for chunk in chunks_of(names, _NAMES) for name in tx.column("files_on_disk", names=chunk)}
    )


def _reopened(dataset: str, tag: str, dsttype: str, run: int, state: str) -> StateChange:
    return StateChange(Data(dataset, tag, dsttype, run), DataState(state), DataState.OPEN)
