"""Checks of the indexes that planning and proofs need in the catalogs of a site."""

from collections.abc import Iterator, Sequence

from prodcli.db import Database
from prodcli.health.checked import Check

# By catalog: a table, the columns that an index must begin with, in any order, and what is slow without it.
_NEEDED: dict[str, list[tuple[str, tuple[str, ...], str]]] = {
    "daq": [("run", ("runnumber",), "every plan reads the whole table")],
    "raw": [("datasets", ("runnumber",), "every plan reads the whole table")],
    "filecatalog": [
        ("datasets", ("dsttype", "tag", "runnumber"), "every plan reads all files of its runs"),
        ("datasets", ("filename",), "harvest and register read the whole table"),
        ("files", ("lfn",), "harvest, register and why read the whole table"),
    ],
}


def check_indexes(database: Database, role: str) -> Iterator[Check]:
    """The indexes that a catalog lacks, each with the statement that makes it; nothing for SQLite, and for views."""
    if database.dialect != "postgresql":
        return
    for table, wanted, without in _NEEDED.get(role, ()):
        found = _indexes(database, table)
        if found and not any(set(columns[: len(wanted)]) == set(wanted) for columns in found):
            detail = f"{table} has no index that begins with {', '.join(wanted)}: {without}"
            yield Check(f"indexes of {role}", detail=detail, todo=_making(database, table, wanted), slow=True)


def _indexes(database: Database, table: str) -> list[Sequence[str]]:
    """The columns of each index; an empty list of columns for a table without an index, none for a view."""
    found = database.read(lambda tx: list(tx.column("indexed_columns", table_name=table)))
    return [(columns or "").split(",") for columns in found]


def _making(database: Database, table: str, columns: Sequence[str]) -> str:
    """The statement that makes an index."""
    rows = [{"name": name, "place": place} for place, name in enumerate(columns)]
    statement: str = database.read(lambda tx: next(tx.column("index_to_make", table_name=table, columns=rows)))
    return statement + ";"
