"""The clock of the bad night: what a real pass wrote into the books just now happened hours ago."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from prodcli.db.queries import Queries
from prodcli.resources import sql_file

_MOVES = (
    *("move_jobs", "move_attempts", "move_claims", "move_due", "move_harvest", "move_passes", "move_provenance"),
    *("move_reports", "move_signs", "move_actions"),
)


def move_back(books: Path, begin: float, seconds: int) -> None:
    """Move what was written into books (SQLite) since a time (seconds since 1970) back by so many seconds."""
    queries = Queries(sql_file("demo/night_clock").read_text(), "sqlite")
    since = datetime.fromtimestamp(begin, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    values = {"begin": since, "seconds": f"-{seconds} seconds"}
    with closing(sqlite3.connect(books)) as connection, connection:
        for name in _MOVES:
            connection.execute(queries[name].sql, queries[name].bind(values))
