"""The throw-away PostgreSQL cluster of the tests."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest

from tests.support.catalog import random_catalog, write_postgres
from tests.support.postgres_server import Cluster, why_missing

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A running server; a missing one fails where it is required."""
    if reason := why_missing():
        if "postgresql" in os.environ.get("PRODCLI_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)
    with Cluster() as server:
        yield server


def test_databases_come_and_go(cluster: Cluster) -> None:
    cluster.create("first")
    cluster.psql("first", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (NULL)")
    cluster.create("second", template="first")
    assert cluster.psql("second", "SELECT x, x + 1 FROM t") == "1\t2\n\t\n"
    cluster.drop("second")
    cluster.drop("second")
    with pytest.raises(RuntimeError, match="second"):
        cluster.psql("second", "SELECT 1")


def test_odbc_reaches_a_server_in_another_zone(cluster: Cluster) -> None:
    import pyodbc

    with closing(pyodbc.connect(cluster.odbc("postgres").removeprefix("odbc:"))) as connection:
        assert connection.execute("SHOW timezone").fetchval() == "America/New_York"


def test_a_catalog_arrives_as_it_was(cluster: Cluster) -> None:
    import pyodbc

    catalog = random_catalog(1)
    urls = write_postgres(catalog, cluster, "c")
    with closing(pyodbc.connect(urls["daq"].removeprefix("odbc:"))) as connection:
        rows = connection.execute("SELECT runnumber, ertimestamp FROM run ORDER BY runnumber").fetchall()
    assert [tuple(row) for row in rows] == [(run.runnumber, run.ertimestamp) for run in catalog.runs]
    assert any(isinstance(row[1], datetime) for row in rows)
    count = "SELECT count(*), count(status), count(*) FILTER (WHERE status > 0) FROM datasets"
    for name, files in (("raw", catalog.raw), ("filecatalog", catalog.files)):
        statuses = [file.status for file in files]
        known = [status for status in statuses if status is not None]
        want = [len(statuses), len(known), sum(status > 0 for status in known)]
        assert cluster.psql(f"c_{name}", count).split() == [str(n) for n in want]


def test_a_stopped_cluster_leaves_nothing() -> None:
    if reason := why_missing():
        pytest.skip(reason)
    server = Cluster()
    server.start()
    folder = server._folder
    assert folder is not None and folder.exists()
    server.stop()
    server.stop()
    assert not folder.exists() and server.port == 0
