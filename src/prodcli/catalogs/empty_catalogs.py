"""Catalogs without rows, as SQLite files: for a demo, and for a first try without the databases of an experiment."""

import sqlite3
from contextlib import closing
from pathlib import Path

from prodcli.db.queries import Queries
from prodcli.resources import sql_file

ROLES = {"daq": "create_daq", "raw": "create_raw", "filecatalog": "create_filecatalog"}


def make_empty(role: str, file: Path) -> None:
    """Make the tables of a catalog in a SQLite file; raises sqlite3.Error if they are there."""
    sql = Queries(sql_file("catalogs/empty_catalogs").read_text(), "sqlite")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(sql[ROLES[role]].sql)
