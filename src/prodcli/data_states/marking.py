"""Mark data by hand: which data is meant, which state it has, and which of it gets another state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.catalogs.file_search import FileFilter
from prodcli.data_states.states import Data, DataState, StateChange, change_states, noted_states
from prodcli.db import Database
from prodcli.db.schema import require_current

_WITHOUT_FILES = frozenset({DataState.OPEN, DataState.BROKEN})  # states that data without a file may get


@dataclass(frozen=True, slots=True)
class FoundData:
    """Data with its state, its files in the catalog and their bytes."""

    data: Data
    state: DataState
    files: int
    size: int


@dataclass(frozen=True)
class MarkPlan:
    """The data that is meant, and the state that it is to get."""

    state: DataState
    found: Sequence[FoundData]

    @property
    def changed(self) -> list[FoundData]:
        """The data that gets another state."""
        return [one for one in self.found if one.state is not self.state and not self._lacks_files(one)]

    @property
    def without_files(self) -> list[FoundData]:
        """The data that keeps its state, as the catalog has no file of it."""
        return [one for one in self.found if one.state is not self.state and self._lacks_files(one)]

    def _lacks_files(self, one: FoundData) -> bool:
        return not one.files and self.state not in _WITHOUT_FILES


@dataclass(frozen=True)
class Marker:
    """Marks data, as a service: plan, preview, act."""

    books: Database
    filecatalog: Database

    def plan(self, wanted: FileFilter, state: DataState) -> MarkPlan:
        """The data of a selection in the catalog or with a state in the books; raises DatabaseError if a migration is due."""
        require_current(self.books)
        states = {one.data: one.state for one in noted_states(self.books, wanted)}
        spans = [{"low": low, "high": high} for low, high in wanted.runs.spans]
        rows = self.filecatalog.read(
            lambda tx: list(tx.rows_as(_counted, "catalogued_data", spans=spans, **wanted.values))
        )
        files = dict(rows)
        every = sorted({*files, *states}, key=lambda data: (data.tag, data.dataset, data.dsttype, data.run))
        found = [FoundData(one, states.get(one, DataState.OPEN), *files.get(one, (0, 0))) for one in every]
        return MarkPlan(state, found)

    def act(self, plan: MarkPlan, reason: str, author: str) -> int:
        """Write the new states; returns their number, without those of data whose state has changed meanwhile."""
        changes = [StateChange(one.data, one.state, plan.state) for one in plan.changed]
        return change_states(self.books, changes, reason, author)


def _counted(dataset: str, tag: str, dsttype: str, run: int, files: int, size: int) -> tuple[Data, tuple[int, int]]:
    return Data(dataset, tag, dsttype, run), (files, size)
