"""Mark data by hand: which data is meant, which state it has, and which of it gets another state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from prodcli.catalogs.file_search import FileFilter
from prodcli.data_states.made_from import made_from
from prodcli.data_states.states import Data, DataState, StateChange, change_states, noted_states
from prodcli.db import Database
from prodcli.db.schema import require_current
from prodcli.runs.selection import RunSelection

if TYPE_CHECKING:
    from prodcli.config.profile import Site

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

    def and_also(self, other: MarkPlan) -> MarkPlan:
        """The plan for the data of both."""
        return MarkPlan(self.state, [*self.found, *other.found])

    def _lacks_files(self, one: FoundData) -> bool:
        return not one.files and self.state not in _WITHOUT_FILES


@dataclass(frozen=True)
class Marker:
    """Marks data, as a service: plan, preview, act."""

    books: Database
    filecatalog: Database

    def plan(self, wanted: Sequence[FileFilter], state: DataState) -> MarkPlan:
        """The data of some selections in the catalog or with a state in the books; raises DatabaseError if a migration is due."""
        require_current(self.books)
        found = {one.data: one for some in wanted for one in self._found(some)}
        return MarkPlan(state, list(found.values()))

    def made_from(self, plan: MarkPlan, site: Site) -> MarkPlan:
        """The plan that gives the same state to the data that was made from the data of a plan, step by step."""
        made = made_from(self.books, site, [one.data for one in plan.found])
        alike = groupby(made, key=lambda one: one._replace(run=0))
        return self.plan([_filter(about, [one.run for one in some]) for about, some in alike], plan.state)

    def _found(self, wanted: FileFilter) -> list[FoundData]:
        states = {one.data: one.state for one in noted_states(self.books, wanted)}
        spans = [{"low": low, "high": high} for low, high in wanted.runs.spans]
        rows = self.filecatalog.read(
            lambda tx: list(tx.rows_as(_counted, "catalogued_data", spans=spans, **wanted.values))
        )
        files = dict(rows)
        every = sorted({*files, *states}, key=lambda data: (data.tag, data.dataset, data.dsttype, data.run))
        return [FoundData(one, states.get(one, DataState.OPEN), *files.get(one, (0, 0))) for one in every]

    def act(self, plan: MarkPlan, reason: str, author: str) -> int:
        """Write the new states; returns their number, without those of data whose state has changed meanwhile."""
        changes = [StateChange(one.data, one.state, plan.state) for one in plan.changed]
        return change_states(self.books, changes, reason, author)


def _counted(dataset: str, tag: str, dsttype: str, run: int, files: int, size: int) -> tuple[Data, tuple[int, int]]:
    return Data(dataset, tag, dsttype, run), (files, size)


def _filter(about: Data, runs: Sequence[int]) -> FileFilter:
    return FileFilter(RunSelection((), frozenset(runs)), None, (about.dsttype,), [about.tag], about.dataset)
