"""The cursors that another tool of the field keeps in `production_cursor`: read on request, so that a production goes on where it stood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.errors import ConfigError
from prodcli.names import placeholders

if TYPE_CHECKING:
    from prodcli.db import Database, Transaction
    from prodcli.rules.model import Rule

_STREAM = "_X_"  # what stands in the names of that table for the host


@dataclass(frozen=True)
class FieldCursor:
    """A row of the table: the run from which on a rule of that tool takes runs."""

    dsttype: str
    build: str
    dbtag: str
    version: int | None
    run: int

    def is_of(self, rule: Rule) -> bool:
        """True if the row is about what a rule makes, by the names of either tool."""
        params = rule.params
        same = self.build.replace(".", "") == params.build.replace(".", "") and self.dbtag == params.dbtag
        return same and (self.version or 0) == params.version and self.dsttype in _names(rule)


def field_cursors(books: Database) -> list[FieldCursor]:
    """All rows of the table; raises ConfigError if the database has no such table, DatabaseError if it cannot be read."""

    def work(tx: Transaction) -> list[FieldCursor]:
        if tx.one("has_table", table_name="production_cursor") is None:
            todo = "databases.production must be the one that the other tools use"
            raise ConfigError("there is no table production_cursor", where=books.where, todo=todo)
        return list(tx.rows_as(FieldCursor, "field_cursors"))

    return books.read(work)


def run_of(rule: Rule, rows: list[FieldCursor]) -> int | None:
    """Where the table has the cursor of a rule; None without a row. Of several rows the furthest counts."""
    return max((row.run for row in rows if row.is_of(rule)), default=None)


def _names(rule: Rule) -> set[str]:
    """What that tool may call the product of a rule: the dsttype, with or without period or dataset."""
    params = rule.params
    if params.names is None:
        return {params.dsttype, *(f"{params.dsttype}_{end}" for end in (params.period, params.dataset))}
    template = params.names.dsttype.replace("{leafdir}", params.names.leafdir)
    return {template.format_map(dict.fromkeys(placeholders(template), _STREAM)), re.sub(r"_?\{\w+\}", "", template)}
