"""A report of the books: what is asked, one query, whose rows are folded, and the columns that people get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.books.filters import Filters
from prodcli.db import Database, Transaction
from prodcli.db.schema import require_current
from prodcli.reports.folded_rows import Figures, Folding, as_figures
from prodcli.tables.table import Cell, Column, Table

PRODUCT = ("tag", "dsttype", "dataset")


@dataclass(frozen=True)
class Question:
    """The jobs of a report; with `every` also rows that are otherwise left out.

    `name` gives the name under which the rows of a dsttype are folded; `now` in seconds since 1970. `by` is what splits
    the rows of a report that can be split.
    """

    filters: Filters = field(default_factory=Filters)
    every: bool = False
    name: Callable[[str], str] = str
    now: int = 0
    by: str | None = None


@dataclass(frozen=True)
class BooksReport:
    """A query, how its rows are folded, what is derived from the sums of a row, and the columns of the table."""

    query: str
    folding: Folding
    columns: Sequence[Column]
    derive: Callable[[Figures], Mapping[str, Cell]] = dict
    empty: str = "no jobs in the books match"
    of_rows: frozenset[str] = frozenset()  # columns that mean nothing in a total

    def rows(self, database: Database, question: Question, **more: object) -> list[Figures]:
        """The folded rows, with what is derived; raises DatabaseError if the books cannot be read or are to be upgraded."""
        return [self._derived(row) for row in self._read(database, question, more)]

    def table(self, database: Database, question: Question, title: str = "", **more: object) -> Table:
        """The table, with a total below several rows; `more` are bound values of the query.

        Raises DatabaseError if the books cannot be read, or are to be upgraded.
        """
        rows = self._read(database, question, more)
        return Table(
            self.columns,
            [self._cells(self._derived(row)) for row in rows],
            title=title,
            total=self._total(rows) if len(rows) > 1 else None,
            note="" if rows else self.empty,
        )

    def _read(self, database: Database, question: Question, more: Mapping[str, object]) -> list[Figures]:
        require_current(database)
        values = {**question.filters.values(), **more}

        def work(tx: Transaction) -> list[Figures]:
            tx.prefer_lookups()
            return self.folding.fold(tx.rows_as(as_figures, self.query, **values), question.name)

        return database.read(work)

    def _derived(self, row: Figures) -> Figures:
        return {**row, **self.derive(row)}

    def _total(self, rows: Sequence[Figures]) -> list[Cell]:
        """The sums and extremes of the rows; a total has no names and no words, but its own."""
        whole = self._derived(self.folding.total(rows))
        silent = {*self.folding.keys, *self.of_rows}
        nameless = {key: None if key in silent or isinstance(cell, str) else cell for key, cell in whole.items()}
        return ["total", *self._cells(nameless)[1:]]

    def _cells(self, row: Figures) -> list[Cell]:
        return [row[column.key] for column in self.columns]


def ratio(part: float | None, whole: float | None) -> float | None:
    """The part in one of the whole; None where there is nothing to divide."""
    return None if part is None or not whole else part / whole


def percent(part: float | None, whole: float | None) -> float | None:
    """The part in percent of the whole; None where there is nothing to divide."""
    share = ratio(part, whole)
    return None if share is None else 100.0 * share
