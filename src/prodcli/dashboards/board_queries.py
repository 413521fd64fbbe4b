"""The SQL of the board and of its alerts: a file for each panel, variable and alert, as Grafana gets them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prodcli.db.queries import Queries
from prodcli.resources import query_files

_HERE = Path(__file__).parent
_NAME = "board"


@dataclass(frozen=True)
class BoardQuery:
    """A statement for Grafana, with its variables, and what it answers."""

    about: str
    sql: str


def panel_query(name: str) -> BoardQuery:
    """What a panel shows."""
    return _read(_HERE / "panels" / f"{name}.sql")


def variable_query(name: str) -> BoardQuery:
    """The values that a variable of the board can have."""
    return _read(_HERE / "variables" / f"{name}.sql")


def alert_query(name: str) -> BoardQuery:
    """A row for each thing that is wrong, with its figure as `value`."""
    return _read(_HERE / "alerts" / f"{name}.sql")


def _read(file: Path) -> BoardQuery:
    text = file.read_text()
    about = text.partition("\n")[0].removeprefix("-- ")
    # the fragments of all rooms stand before it: a figure of the board is that of the report
    queries = Queries(f"{_shared()}\n-- name: {_NAME}\n{text}", "postgresql")
    return BoardQuery(about, queries[_NAME].sql)


@cache
def _shared() -> str:
    return "\n".join(file.read_text() for file in query_files("postgresql"))
