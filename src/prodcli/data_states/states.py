"""The state of data: of the files of one dataset, tag, dsttype and run. The books keep every state that data ever had.

Data without a row is open. A state is replaced by the next one, never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from prodcli.db import Database, Transaction, chunks_of

if TYPE_CHECKING:
    from prodcli.catalogs.file_search import FileFilter

_ROWS = 5_000  # states per statement


class DataState(StrEnum):
    """The states of data."""

    OPEN = "open"  # jobs are or will be at work
    FINALIZED = "finalized"  # every job has finished, and the file catalog has every output
    VALIDATED = "validated"  # somebody looked at the data, and found it good
    INVALIDATED = "invalidated"  # somebody looked at the data, and found it unfit
    BROKEN = "broken"  # files are lost or cannot be read
    TAPE = "tape"  # the files are on tape only


UNFIT = frozenset({DataState.INVALIDATED, DataState.BROKEN})  # what is made from such data is in question, too


class Data(NamedTuple):
    """The files of one dataset, tag, dsttype and run."""

    dataset: str
    tag: str
    dsttype: str
    run: int


@dataclass(frozen=True, slots=True)
class NotedState:
    """A state of data: who said so, when and why; times in seconds since 1970, `replaced` None for the current state."""

    data: Data
    state: DataState
    reason: str
    author: str
    added: int
    replaced: int | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state that data is to have, if it still has the old state."""

    data: Data
    old: DataState
    new: DataState


def noted_states(database: Database, wanted: FileFilter, history: bool = False) -> list[NotedState]:
    """The states in the books of the data that is asked for; with `history` also those that were replaced, oldest first."""
    spans = [{"low": low, "high": high} for low, high in wanted.runs.spans]
    values = {name: wanted.values[name] for name in ("any_dsttype", "dsttypes", "any_tag", "tags", "dataset")}
    return database.read(
        lambda tx: list(tx.rows_as(_noted, "data_states", spans=spans, history=int(history), **values))
    )


def change_states(database: Database, changes: Sequence[StateChange], reason: str, author: str) -> int:
    """Write new states; returns their number, without those of data whose state has changed meanwhile."""

    def work(tx: Transaction) -> int:
        return sum(write_states(tx, chunk, reason, author) for chunk in chunks_of(changes, _ROWS))

    return database.write(work)


def write_states(tx: Transaction, changes: Sequence[StateChange], reason: str, author: str) -> int:
    """Write new states in a transaction; data whose state has changed meanwhile keeps its state."""
    rows = [
        {**one.data._asdict(), "old": one.old.value, "new": one.new.value} for one in changes if one.old is not one.new
    ]
    tx.run("replace_data_states", rows=rows)
    return tx.run("add_data_states", rows=rows, reason=reason, author=author)


def _noted(  # noqa: PLR0913 - the columns
    dataset: str,
    tag: str,
    dsttype: str,
    run: int,
    state: str,
    reason: str,
    author: str,
    added: int,
    replaced: int | None,
) -> NotedState:
    return NotedState(Data(dataset, tag, dsttype, run), DataState(state), reason, author, added, replaced)
