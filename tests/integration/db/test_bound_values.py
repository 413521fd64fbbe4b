"""Values are always bound: whatever letters a name has, a database gets and gives back exactly those."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from prodcli.catalogs.catalogs import Catalogs
from prodcli.db import Transaction
from prodcli.db.queries import Queries
from tests.support.catalog import Catalog, File
from tests.support.workspace import Workspace

HOSTILE = [
    *(
        "plain",
        "",
        "NULL",
        "it's",
        'q"q',
        "back\\slash",
        "\\",
        '\\"',
        "{a,b}",
        "a,b",
        "größe 漢字 🦉",
        "line\nbreak",
        "tab\t",
    ),
    *("'; DROP TABLE datasets; --", "?", ":name", "%s", "$1", "[red]x[/red]", "x" * 100_000),
]
QUERY = """
-- name: records
SELECT r.id, r.name, r.maybe FROM RECORDS(:rows) AS r(id int, name text, maybe text) ORDER BY r.id;
-- name: names
SELECT r.name FROM RECORDS(:rows) AS r(id int, name text, maybe text) WHERE r.name IN (:names[text]) ORDER BY r.id;
-- name: one
SELECT CAST(:name AS text);
"""


@pytest.fixture
def loaded(workspace: Workspace) -> Iterator[Workspace]:
    """A file catalog of hostile names."""
    made = Catalog(files=[File(name, 1, 0, 1, "d", "t", 1, 1, "t") for name in ("plain", "it's")])
    workspace.load(made)
    for name in HOSTILE:
        workspace.sql("INSERT INTO datasets (filename, dataset) VALUES (?, 'hostile')", name, role="filecatalog")
    yield workspace


def test_files_are_found_by_exactly_their_names(loaded: Workspace) -> None:
    near = [name + " " for name in HOSTILE] + ["PLAIN", "q'q", "nobody"]
    with closing(loaded.database("filecatalog")) as files:
        assert Catalogs(files, files, files).produced([*HOSTILE, *near]) == set(HOSTILE)


def test_records_and_lists_come_back_as_they_went(loaded: Workspace) -> None:
    with closing(loaded.database()) as database:
        queries = Queries(QUERY, database.dialect)
        rows = [{"id": i, "name": name, "maybe": None} for i, name in enumerate(HOSTILE)]

        def work(tx: Transaction) -> None:
            assert list(map(tuple, tx.rows(queries["records"], rows=rows))) == [
                (i, n, None) for i, n in enumerate(HOSTILE)
            ]
            found = [row[0] for row in tx.rows(queries["names"], rows=rows, names=HOSTILE[::2])]
            assert found == HOSTILE[::2]
            assert list(tx.rows(queries["records"], rows=[])) == []
            assert list(tx.rows(queries["names"], rows=rows, names=[])) == []
            for name in HOSTILE:
                assert [row[0] for row in tx.rows(queries["one"], name=name)] == [name]

        database.read(work)
